"""Our database, cache and mail for Django, and how long we wait for servers."""
