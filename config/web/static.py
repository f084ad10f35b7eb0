"""How the pages' files are kept when they are collected: under names that change with them."""

from servestatic.storage import CompressedManifestStaticFilesStorage as Kept

# Of our own scripts alone: Django's own setting for it stumbles over the comments of others.
_IMPORT = r"""(?P<matched>(?P<lead>import (?:\{[^}]*\} from )?)"(?P<url>\./[^"]+)";)"""


class Files(Kept):  # type: ignore[misc]  # it has no types
    """The scripts also import each other by those names, as no others are kept."""

    patterns = (*Kept.patterns, ("js/*.js", ((_IMPORT, '%(lead)s"%(url)s";'),)))
