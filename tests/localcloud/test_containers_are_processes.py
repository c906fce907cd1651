from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.children import Children
from localcloud.images import Image, ImageStore
from localcloud.process_docker import NotFound, ProcessContainer, ProcessDocker

_CONCURRENCY = 12


@pytest.fixture
def docker(tmp_path: Path) -> Iterator[ProcessDocker]:
    """Knows one image, ``any``, of an empty folder."""
    store = ImageStore(tmp_path / "images")
    folder = store.built("empty")
    folder.mkdir(parents=True)
    store.save(folder, Image(root=str(folder), site=str(folder), command=["true"]))
    store.tag("empty", "any")
    docker = ProcessDocker(store, tmp_path / "scratch", Children(tmp_path / "ledger"))
    yield docker
    for container in docker.containers.list():
        container.kill()


def test_a_container_that_has_ended_is_found_after_others_were_started(docker: ProcessDocker) -> None:
    ended = docker.containers.run("any", ["sh", "-c", "exit 3"])
    assert ended.wait(10) == {"StatusCode": 3}
    docker.containers.run("any")
    found = docker.containers.get(ended.id)
    assert (found.status, found.wait()) == ("exited", {"StatusCode": 3})


def test_containers_that_start_at_the_same_moment_are_all_found(docker: ProcessDocker) -> None:
    started: list[ProcessContainer] = []
    together = threading.Barrier(_CONCURRENCY)

    def start() -> None:
        together.wait()
        started.append(docker.containers.run("any"))

    threads = [threading.Thread(target=start) for _ in range(_CONCURRENCY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [docker.containers.get(each.id) for each in started] == started
    assert len(started) == _CONCURRENCY


def test_only_running_containers_are_listed(docker: ProcessDocker) -> None:
    running = docker.containers.run("any", ["sleep", "60"])
    docker.containers.run("any").wait(10)
    assert docker.containers.list() == [running]


def test_a_container_that_never_was_is_not_found(docker: ProcessDocker) -> None:
    with pytest.raises(NotFound):
        docker.containers.get("another")
