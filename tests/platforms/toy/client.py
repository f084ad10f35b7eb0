"""Speaks the toy's API."""

from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from platforms.contract import Connection
from platforms.errors import Gone, Malformed, RateLimited, Refused, Unavailable
from platforms.http import Request, Response
from platforms.toy.records import Answer

ADDRESS = "https://api.toy.example"


def parse(response: Response) -> Answer:
    """A good answer. Raises Malformed or Unavailable."""
    try:
        return Answer.model_validate(response.json())
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise Malformed("An answer of another form.", where=where) from None


class ToyClient:
    """One credential's access."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.terms = connection.terms

    def accounts(self, **asked: list[str]) -> Answer:
        """Accounts by `id` or `name`."""
        return parse(self.send(Request("GET", f"{ADDRESS}/accounts", {**asked})))

    def notes(self, account: str, after: str) -> Answer:
        """A page of what an account published, newest first."""
        params = {"account": account, "after": after}
        return parse(self.send(Request("GET", f"{ADDRESS}/notes", params)))

    def send(self, request: Request) -> Response:
        """Pay, authorise, send."""
        self._connection.budget.take("calls")
        key = self._connection.credentials.key.get_secret_value()
        signed = replace(request, headers={"Authorization": f"Bearer {key}"})
        return self._connection.http.send(signed, self._check)

    def _check(self, response: Response) -> None:
        if response.status == 429:
            self._connection.budget.block("calls", seconds=60)
            raise RateLimited("The toy wants a pause.", retry_after=60)
        meaning: dict[int, Any] = {
            401: Refused("The toy refuses the key.", reason="wrong"),
            404: Gone("The toy does not know it.", reason="unknown"),
        }
        if response.status in meaning:
            raise meaning[response.status]
        if response.status != 200:
            raise Unavailable(f"The toy answered {response.status}.")
