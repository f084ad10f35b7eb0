"""The toy as a simulated platform."""

from typing import Any

from platforms.simulation.accounts import Account
from platforms.simulation.posts import Post
from platforms.simulation.wire import Answer, Call, as_json
from platforms.simulation.world import World

PAGE = 50


class ToySimulator:
    """Answers two calls."""

    hosts = ("api.toy.example",)

    def __init__(self, world: World) -> None:
        self.world = world

    def answer(self, call: Call) -> Answer:
        """Accounts or notes."""
        open_ = [a for a in self.world.accounts("toy") if a.state_at(self.world.now) == "active"]
        if call.path == "/accounts":
            asked = {*call.params.get("id", []), *call.params.get("name", [])}
            told = [self._account(account) for account in open_]
            return as_json({"accounts": [a for a in told if asked & {a["id"], a["name"]}]})
        index = int(call.param("account"))
        below = int(call.param("after") or 2**22)
        posts = self.world.accounts("toy")[index].newest(PAGE, until=self.world.now, below=below)
        following = str(posts[-1].number) if len(posts) == PAGE else None
        return as_json({"notes": [self._note(post) for post in posts], "next": following})

    def limited(self, call: Call) -> Answer:
        """Too many calls."""
        del call
        return as_json({"error": "slow down"}, status=429)

    def _account(self, account: Account) -> dict[str, Any]:
        now = self.world.now
        followers = account.audience_at(now)
        return {"id": f"{account.index}", "name": account.handle_at(now), "followers": followers}

    def _note(self, post: Post) -> dict[str, Any]:
        return {
            "id": f"{post.account.index}.{post.number}",
            "account": f"{post.account.index}",
            "at": post.published_at.isoformat(),
            "text": post.text,
            "likes": post.figures_at(self.world.now).likes,
        }
