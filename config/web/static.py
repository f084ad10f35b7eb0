"""How the pages' files are kept when they are collected: under names that change with them."""

from servestatic.storage import CompressedManifestStaticFilesStorage


class Files(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # it has no types
    """The scripts also import each other by those names, as no others are kept."""

    support_js_module_import_aggregation = True
