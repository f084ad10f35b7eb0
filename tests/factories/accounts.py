"""People, with a verified address."""

from functools import cache

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from factory import LazyFunction, RelatedFactory, SelfAttribute, Sequence
from factory.django import DjangoModelFactory

PASSWORD = "crab tide lantern seven"
NEW_PASSWORD = "seven lanterns on the tide"


@cache
def hashed_password():
    """The real hash, which takes a third of a second: made once a run and given to everybody."""
    return make_password(PASSWORD)


class EmailAddressFactory(DjangoModelFactory):
    class Meta:
        model = EmailAddress

    email = SelfAttribute("user.email")
    verified = True
    primary = True


class UserFactory(DjangoModelFactory):
    class Meta:
        model = get_user_model()
        skip_postgeneration_save = True

    email = Sequence(lambda n: f"person{n}@example.org")
    time_zone = "Europe/Berlin"
    password = LazyFunction(hashed_password)
    address = RelatedFactory(EmailAddressFactory, factory_related_name="user")
