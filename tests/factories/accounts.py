"""People."""

from django.contrib.auth import get_user_model
from factory import PostGenerationMethodCall, Sequence
from factory.django import DjangoModelFactory

PASSWORD = "crab tide lantern seven"


class UserFactory(DjangoModelFactory):
    class Meta:
        model = get_user_model()
        skip_postgeneration_save = True

    email = Sequence(lambda n: f"person{n}@example.org")
    time_zone = "Europe/Berlin"
    password = PostGenerationMethodCall("set_password", PASSWORD)
