r"""What locust's users do: ask for one digit, wait for the answer, ask again.

    SERVER=LitServe locust -f load_servers.py --headless --users 8 --run-time 10s \
        --host http://127.0.0.1:8000

With ANSWERS=400 it ends as soon as so many answers have come.
"""
import json
import os

from locust import FastHttpUser, constant, events, task

from onecnn import cells, mnist

clients = cells.program("05_deployment/03_servers_compared/clients")

SERVER, ANSWERS = os.environ["SERVER"], int(os.environ.get("ANSWERS", 0))
HEADERS = json.loads(os.environ.get("HEADERS", '{"Content-Type": "application/json"}'))
BODY = json.dumps(clients.body(SERVER, mnist.load().test_images[:1])).encode()


@events.init.add_listener
def end_after_enough(environment, **_):
    def count(**_):
        if ANSWERS and environment.stats.total.num_requests >= ANSWERS:
            environment.runner.quit()
    environment.events.request.add_listener(count)


class Caller(FastHttpUser):
    wait_time = constant(0)

    @task
    def one_digit(self):
        self.client.post(clients.PATHS[SERVER], data=BODY, headers=HEADERS, name="one digit")
