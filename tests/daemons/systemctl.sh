#!/bin/sh
# Plays systemd for converge, which only ever asks for these: OpenVPN as its unit starts it, and sshd.
echo "$*" >>/run/systemctl.log
unit=/lib/systemd/system/openvpn-server@.service
pid=/run/openvpn.pid
alive() { [ -s "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null; }
stop() {
    alive "$1" && kill "$(cat "$1")"
    for _ in $(seq $(($2 * 20))); do
        alive "$1" || break
        sleep 0.05
    done
    alive "$1" && kill -KILL "$(cat "$1")"
    while alive "$1"; do sleep 0.05; done
    rm -f "$1"
}
ours() { sed -n "s/^$1=//p" /etc/systemd/system/openvpn-server@palisade.service.d/palisade.conf; }
case "$*" in
"is-active --quiet openvpn-server@palisade.service") alive "$pid" ;;
"show --property=MainPID --value openvpn-server@palisade.service") cat "$pid" ;;
"enable nftables.service") ;;
"restart openvpn-server@palisade.service")
    stop "$pid" "$(ours TimeoutStopSec)"
    rm -f /run/palisade/management.sock
    allowed=$(sed -n 's/^CapabilityBoundingSet=//p' "$unit" | tr 'A-Z ' 'a-z,' | sed 's/cap_/+/g')
    cd /etc/openvpn/server || exit 1
    prlimit --nproc="$(ours LimitNPROC)" setpriv --bounding-set "-all,$allowed" \
        openvpn --writepid "$pid" --suppress-timestamps --config palisade.conf >>/var/log/openvpn.log 2>&1 </dev/null &
    for _ in $(seq 100); do
        [ -S /run/palisade/management.sock ] && alive "$pid" && exit 0
        sleep 0.05
    done
    exit 1
    ;;
"stop openvpn-server@palisade.service") stop "$pid" "$(ours TimeoutStopSec)" ;;
"restart nftables.service") /usr/sbin/nft -f /etc/nftables.conf ;;
"restart ssh.service")
    stop /run/sshd.pid 90
    mkdir -p /run/sshd
    /usr/sbin/sshd -t && /usr/sbin/sshd -E /var/log/sshd.log
    ;;
*) exit 64 ;;
esac
