"""One worker process of the benchmark of the governor: runs packs at the moment it is told."""

import json
import os
import sys
from datetime import UTC, datetime

import django
import time_machine


def main():
    from accounts.tenancy import acting_for
    from collectors import pipeline

    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        moment = datetime.fromtimestamp(order["now"], UTC)
        with time_machine.travel(moment), acting_for(order["owner"]):
            pipeline.run(order["ids"])
        print("done", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    main()
