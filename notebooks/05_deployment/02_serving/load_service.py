r"""Load for the service: ever more users, each of whom asks, waits for the answer, thinks, and asks
again. By hand::

    python load_service.py http://127.0.0.1:8000 --users 1 2 4 8 --seconds 3 --think 0.02 \
        --digits 32 --form "V1, JSON"

Prints JSON: for each number of users every answer's time in milliseconds, and how many had another
status than 200.
"""
import argparse
import json

import client
import gevent
from locust import FastHttpUser, constant, events, task  # before NumPy: it patches sockets
from locust.env import Environment

from onecnn import mnist

parser = argparse.ArgumentParser()
parser.add_argument("url")
parser.add_argument("--users", type=int, nargs="+", default=[1, 2, 4, 8])
parser.add_argument("--seconds", type=float, default=2)
parser.add_argument("--think", type=float, default=0)
parser.add_argument("--digits", type=int, default=1)
parser.add_argument("--form", choices=client.FORMS, default="V2, pixel bytes")
options = parser.parse_args()
REQUEST = client.FORMS[options.form](mnist.load().test_images[:options.digits])
current: dict = {"times": [], "failed": 0}


class Caller(FastHttpUser):
    """One who asks. Locust starts as many as it is told."""

    host = options.url
    wait_time = constant(options.think)

    @task
    def ask(self):
        self.client.post(REQUEST.path, data=REQUEST.body, headers=REQUEST.headers)


@events.request.add_listener
def note(response_time, exception, **others):
    current["times"].append(response_time)
    current["failed"] += exception is not None


runner = Environment(user_classes=[Caller], events=events).create_local_runner()
stages = []
for users in options.users:
    runner.start(users, spawn_rate=1000)
    gevent.sleep(0.3)
    while len(current["times"]) < 2 * users:  # until the queue is that of so many
        gevent.sleep(0.02)
    current = {"users": users, "seconds": options.seconds, "times": [], "failed": 0}
    gevent.sleep(options.seconds)
    stages.append(current)
    current = {"times": [], "failed": 0}
runner.quit()
print(json.dumps(stages))
