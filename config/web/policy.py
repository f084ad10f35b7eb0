"""What browsers may load into our pages (docs/ui.md, "What the policy forbids")."""

from csp.constants import NONE, SELF

_OURS = ("script-src", "style-src", "font-src", "connect-src", "manifest-src", "form-action")

CONTENT_SECURITY = {
    "DIRECTIVES": dict.fromkeys(("default-src", "base-uri", "frame-ancestors"), [NONE])
    | dict.fromkeys(_OURS, [SELF])
    | {"img-src": [SELF, "data:", "blob:"]}
}
