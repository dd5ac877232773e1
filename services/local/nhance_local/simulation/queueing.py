"""A queue of tasks in the order of their age, as procrastinate has one."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

from simpy import Environment, Event

T = TypeVar("T")


class Queue(Generic[T]):
    """``waiting`` and ``running`` are what a scaler's query can count."""

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._waiting: deque[T] = deque()
        self._idle: dict[Event, None] = {}
        self.running = 0

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def put(self, task: T) -> None:
        if self._idle:
            event = next(iter(self._idle))
            del self._idle[event]
            self._hand_out(event, task)
        else:
            self._waiting.append(task)

    def put_back(self, task: T) -> None:
        """A task that was taken and not done keeps its place: at the head."""
        self.running -= 1
        if self._idle:
            self.put(task)
        else:
            self._waiting.appendleft(task)

    def take(self) -> Event:
        """Happens, with a task, as soon as there is one; it counts as running from then on."""
        event = self._env.event()
        if self._waiting:
            self._hand_out(event, self._waiting.popleft())
        else:
            self._idle[event] = None
        return event

    def leave(self, event: Event) -> None:
        """Take nothing after all; what was handed out in this instant goes back."""
        if event.triggered:
            task: T = event.value  # type: ignore[assignment]  # any event may have no value
            self.put_back(task)
        else:
            del self._idle[event]

    def done(self) -> None:
        self.running -= 1

    def _hand_out(self, event: Event, task: T) -> None:
        self.running += 1
        event.succeed(task)
