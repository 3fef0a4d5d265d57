import json
from enum import Enum


class ProfilerActivity(Enum):
    CPU = 0
    CUDA = 1


class ProfilerAction(Enum):
    NONE = 0
    RECORD = 2
    RECORD_AND_SAVE = 3


def schedule(wait, warmup, active, repeat):
    return (wait, warmup, active, repeat)


class profile:
    def __init__(self, **options):
        self.options, self.steps = options, 0

    def start(self):
        pass

    def step(self):
        self.steps += 1
        if sum(self.options["schedule"][:3]) == self.steps:
            self.options["on_trace_ready"](self)

    def stop(self):
        pass

    def export_chrome_trace(self, path):
        import torch

        shown = {name: str(value) for name, value in self.options.items() if name not in ("on_trace_ready", "activities")}
        shown["activities"] = [activity.name for activity in self.options["activities"]]
        with open(path, "w") as file:
            json.dump({"traceEvents": [], "options": shown, "asked": torch.asked}, file)
