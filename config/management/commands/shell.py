"""Django's shell with the tenancy contexts at hand: rows appear only inside one of them."""

from django.core.management.commands.shell import Command as DjangoShell


class Command(DjangoShell):
    """`with tenant(user_id):` shows one person's rows, `with system():` everybody's."""

    def get_auto_imports(self) -> list[str]:
        """Django's imports and ours."""
        return [
            *(super().get_auto_imports() or []),
            "accounts.tenancy.tenant",
            "accounts.tenancy.system",
        ]
