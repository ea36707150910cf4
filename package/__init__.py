"""The components as a package for programs in any of Pulumi's languages: docs/packages.md."""
