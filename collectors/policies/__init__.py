"""What the platforms demand of copies: looked at again, erased, deleted in time (docs/policies.md).

- `rules`: what is demanded for one account, from its platform's terms.
- `custody`: the table of when each account's turn comes, and who takes it.
- `recheck`: asks again for items that were not seen for long; what vanished becomes a tombstone.
- `keeping`: visits an account and removes what may no longer be kept.
- `emptying`: deletes rows in batches.
- `leaving`: what a person or a platform asks for: forget a source, erase a post.
- `cleaning`: old months, runs and charges.

Each step is a transaction of its own and finds by itself where it has to go on.
"""
