"""What browsers may load into our pages (docs/ui.md, "What the policy forbids")."""

from csp.constants import NONE, SELF

_NOTHING = ("default-src", "base-uri", "frame-ancestors")
_OURS = ("script-src", "style-src", "font-src", "connect-src", "manifest-src", "form-action")

CONTENT_SECURITY = {
    "DIRECTIVES": {name: [NONE] for name in _NOTHING}
    | {name: [SELF] for name in _OURS}
    | {"img-src": [SELF, "data:", "blob:"]}
}
