"""Cases of user_data.py."""

from __future__ import annotations

import base64
import re
import zlib

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.compute.instances import INSTANCE, LAUNCH_TEMPLATE
from policies.rules.compute.user_data import NO_SECRETS, NO_WAY_IN

_HARMLESS = """#cloud-config
write_files:
- path: /etc/app.json
  content: '{"secret_arn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:vpn", "token": "${TOKEN}"}'
runcmd:
- PASSWORD=$(aws secretsmanager get-secret-value --secret-id vpn)
"""
_PASSWORD = "#!/bin/sh\nexport DB_PASSWORD='correct horse'\n"  # noqa: S105 - what the rule must find
_KEY = "#!/bin/sh\ncat > key <<E\n-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----\nE\n"
_PROGRAM = """def check(password: str, secret: bytes) -> bool:
    token = answer.read().decode()
    return password.startswith('-----BEGIN EC PRIVATE KEY-----')
"""


def _with(data: object, *, type_: str = INSTANCE, field: str = "userData") -> Item:
    return Item(type=type_, props={"instanceType": "t4g.small", field: data})


def _packed(text: str) -> str:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    return base64.b64encode(packer.compress(text.encode()) + packer.flush()).decode()


def _coded(text: str, encoding: str) -> str:
    return base64.b64encode(text.encode(encoding)).decode()


_FETCHED = """#!/bin/sh
docker login --username AWS --password-stdin example.org < token
mysql --password="$(cat /run/password)" -p < schema.sql
docker run -u 1000:1000 example
curl -u "$USER:$TOKEN" -H "Authorization: Bearer $TOKEN" https://example.org
echo "root:$(cat /run/password)" | chpasswd
"""
_FOLDED = re.sub(r"(.{76})", r"\1\n", _packed("".join(f"# line {one}\n" for one in range(99)) + _PASSWORD))
_MAIL = _coded(f"MIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\n{_FOLDED}\n--X--\n", "ascii")

CASES: dict[str, tuple[Case, ...]] = {
    NO_SECRETS.id: (
        ok("references_only", _with(_HARMLESS)),
        ok("references_in_base64", _with(base64.b64encode(_HARMLESS.encode()).decode(), type_=LAUNCH_TEMPLATE)),
        ok("no_user_data", _with(None)),
        ok("program_that_reads_passwords", _with(_PROGRAM)),
        fail("password", _with(_PASSWORD), at="userData"),
        fail("password_of_a_variable_in_one_word", _with("PGPASSWORD=hunter22 psql"), at="userData"),
        fail("password_in_camel_case", _with('{"dbPassword": "hunter22"}'), at="userData"),
        fail("password_as_an_argument", _with("docker login -u x --password hunter22 r"), at="userData"),
        fail("password_for_mysql", _with("mysql -u root -phunter22"), at="userData"),
        fail("password_for_curl", _with("curl -u ada:hunter22 https://example.org"), at="userData"),
        fail("password_of_root", _with("echo 'root:hunter22' | chpasswd"), at="userData"),
        fail("bearer", _with("curl -H 'Authorization: Bearer abcdef0123456789'"), at="userData"),
        ok("fetched_by_commands", _with(_FETCHED)),
        fail("private_key", _with(_KEY), at="userData"),
        fail("access_key", _with("AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE"), at="userData"),
        fail("url_with_password", _with("curl https://u:hunter22@example.org"), at="userData"),
        fail("in_base64", _with(base64.b64encode(_KEY.encode()).decode(), type_=LAUNCH_TEMPLATE), at="userData"),
        fail("beside_another_encoding", _with(_coded("\xe9\n" + _PASSWORD, "latin-1")), at="userData"),
        fail("for_powershell", _with("powershell -enc " + _coded(_PASSWORD, "utf-16-le")), at="userData"),
        fail("compressed_part_of_a_mail", _with(_MAIL, field="userDataBase64"), at="userDataBase64"),
        fail("compressed", _with(_packed(_PASSWORD), field="userDataBase64"), at="userDataBase64"),
        unknown("made_with_it", _with(UNKNOWN)),
    ),
    NO_WAY_IN.id: (
        ok(
            "hardened",
            _with("sed -i 's/PasswordAuthentication yes/PasswordAuthentication no/' sshd_config\n"),
        ),
        ok("comment", _with("# PasswordAuthentication yes is the default\nPermitRootLogin no\n")),
        ok("read_only", _with("#!/bin/sh\ngrep -c . /etc/ssh/authorized_keys | logger\n")),
        ok("no_user_data", _with(None)),
        fail("password", _with("echo 'PasswordAuthentication yes' >> /etc/ssh/sshd_config"), at="userData"),
        fail("password_by_cloud_init", _with("#cloud-config\nssh_pwauth: yes\n"), at="userData"),
        fail(
            "root", _with(_packed("PermitRootLogin prohibit-password\n"), field="userDataBase64"), at="userDataBase64"
        ),
        fail("root_by_cloud_init", _with("#cloud-config\ndisable_root: false\n"), at="userData"),
        fail("key", _with("echo 'ssh-ed25519 AAAA' >> /home/ubuntu/.ssh/authorized_keys"), at="userData"),
        fail("key_by_cloud_init", _with("users:\n- name: x\n  ssh_authorized_keys:\n  - AAAA\n"), at="userData"),
        unknown("decided_later", _with(UNKNOWN)),
    ),
}
