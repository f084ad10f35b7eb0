"""Adding monitors, one or up to 200, by names or links: first a preview, then the adding itself.

Both the page and the API come here. Nothing is kept between the two but what the platform told of
the names (platforms/lookups.py), so that the second look costs nothing.
"""

from collectors.adding.additions import Added, add, cost
from collectors.adding.pasted import MOST, TooMany
from collectors.adding.previews import Preview, preview

__all__ = ["MOST", "Added", "Preview", "TooMany", "add", "cost", "preview"]
