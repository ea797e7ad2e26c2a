"""Files of the program for the hosted environments of agents: they are checked, then uploaded one after another.

The messages of the exceptions are those of `openai`, on purpose.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from stat import S_ISREG
from typing import Any, BinaryIO, NamedTuple

from ssescan.errors import OpenAIError

from ...._types import FileTypes, Omit
from ....types.beta.agents.environments.environment_file import EnvironmentFile
from ....types.beta.hosted_environment_file_param import HostedEnvironmentFileParam

__all__ = [
    "AgentFilePreparationError",
    "AgentFileStagingError",
    "PreparedAgentFiles",
    "StagedAgentFile",
    "directory_files",
    "prepare",
    "upload",
]

WORKSPACE = "/workspace/"
#: Paths in a workspace that the server uses itself.
RESERVED = (".codex", ".managed-agents")


@dataclass
class PreparedAgentFiles:
    """Files that were uploaded for an environment that will be created.

    Attributes:
        files: The files of the environment, as `environments.create` takes them.
        uploaded_file_ids: The ids of the uploads. Delete them with `client.files.delete` when they are not needed.
    """

    files: list[HostedEnvironmentFileParam] = field(default_factory=list)
    uploaded_file_ids: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class StagedAgentFile:
    """A file that was uploaded, and added to an environment.

    Attributes:
        uploaded_file_id: The id of the upload. Delete it with `client.files.delete` when it is not needed.
        file: The file in the environment.
    """

    uploaded_file_id: str
    file: EnvironmentFile


class AgentFilePreparationError(OpenAIError):
    """A file could not be uploaded. The exception is the cause.

    Attributes:
        prepared: The files that were uploaded before. They are not deleted.
    """

    def __init__(self, prepared: PreparedAgentFiles) -> None:
        super().__init__("Could not prepare all agent files; successful uploads remain caller-owned")
        self.prepared = prepared


class AgentFileStagingError(OpenAIError):
    """A file was uploaded, and could not be added to the environment. The exception is the cause.

    Attributes:
        uploaded_file_id: The id of the upload. It is not deleted.
    """

    def __init__(self, uploaded_file_id: str) -> None:
        super().__init__("Could not stage the agent file; the upload remains caller-owned")
        self.uploaded_file_id = uploaded_file_id


class Identity(NamedTuple):
    """The facts by which a file that was replaced is detected."""

    device: int
    inode: int
    size: int


class Selected(os.PathLike[str]):
    """The path of a file in a directory, with the identity that it had when it was selected."""

    def __init__(self, path: Path, identity: Identity) -> None:
        self.path, self.identity = path, identity

    def __fspath__(self) -> str:
        return os.fspath(self.path)


class Local(NamedTuple):
    """A file that was checked and opened."""

    name: str
    file: BinaryIO
    size: int

    def content(self) -> tuple[str, BinaryIO]:
        """Return the name and the file for an upload.

        Raises:
            ValueError: The size has changed.
        """
        if os.fstat(self.file.fileno()).st_size != self.size:
            raise ValueError("Selected agent file changed during preparation")
        return self.name, self.file


def _identity(facts: os.stat_result) -> Identity:
    return Identity(facts.st_dev, facts.st_ino, facts.st_size)


def prepare(client: Any, files: Mapping[str, str | os.PathLike[str]], options: Mapping[str, Any]) -> PreparedAgentFiles:
    """Upload files; see `environments.files.prepare`. All are checked and opened before the first is uploaded."""
    _check_key({**client.default_headers, **(options.get("extra_headers") or {})}, len(files))
    _check_destinations(files)
    prepared = PreparedAgentFiles()
    with ExitStack() as stack:
        opened = [(destination, _opened(source, stack)) for destination, source in files.items()]
        with _owner_noted(AgentFilePreparationError, prepared=prepared):
            for destination, local in opened:
                uploaded = client.files.create(file=local.content(), purpose="user_data", **options)
                prepared.uploaded_file_ids.append(uploaded.id)
                prepared.files.append({"type": "file_id", "file_id": uploaded.id, "path": destination})
    return prepared


def upload(files: Any, environment_id: str, file: FileTypes, path: str, options: Mapping[str, Any]) -> StagedAgentFile:
    """Upload a file and add it to an environment; see `environments.files.upload`."""
    if not environment_id:
        raise ValueError("Expected a non-empty environment_id")
    _check_destinations([path])
    with ExitStack() as stack:
        uploaded = files._client.files.create(file=_content(file, stack), purpose="user_data", **options)
    with _owner_noted(AgentFileStagingError, uploaded_file_id=uploaded.id):
        staged = files.create(environment_id, type="file_id", file_id=uploaded.id, path=path, **options)
    return StagedAgentFile(uploaded.id, staged)


@contextmanager
def _owner_noted(error_class: type[OpenAIError], **facts: Any) -> Iterator[None]:
    """Report the uploads that the caller owns. An interrupt passes unchanged, with the facts as attributes."""
    try:
        yield
    except Exception as error:
        raise error_class(**facts) from error
    except BaseException as error:
        vars(error).update(facts)
        raise


def directory_files(
    root: str | os.PathLike[str], destination: str, include: Sequence[str]
) -> dict[str, os.PathLike[str]]:
    """Return the files below a directory that match patterns, by their paths in the environment.

    Args:
        root: The directory.
        destination: The directory in the environment.
        include: Patterns, relative to the directory.

    Raises:
        ValueError: A path or a pattern is invalid, leads out of the directory, or no file matches.
    """
    folder = Path(root).absolute()
    if isinstance(include, str) or not include:
        raise ValueError("Select directory files with explicit include patterns")
    if folder.is_symlink() or not folder.is_dir():
        raise ValueError("The selected directory must be a directory, not a symlink")
    folder = folder.resolve()
    _check_destinations([f"{destination}/a"])
    for pattern in map(PurePosixPath, include):
        if not pattern.parts or pattern.is_absolute() or ".." in pattern.parts:
            raise ValueError("Include patterns must stay inside the selected directory")
    found = [path for pattern in include for path in sorted(folder.glob(pattern)) if _is_selected(path, folder)]
    if not found:
        raise ValueError("The include patterns did not select any files")
    return {
        str(PurePosixPath(destination, path.relative_to(folder).as_posix())): Selected(path, _identity(path.lstat()))
        for path in found
    }


def _is_selected(path: Path, folder: Path) -> bool:
    """Return whether a path below a folder is a file.

    Raises:
        ValueError: The path leads out of the folder, or a part of it is a symbolic link.
    """
    above = path
    while above != folder:
        if above.is_symlink():
            raise ValueError("Selected agent files must not be symlinks")
        above = above.parent
    if not path.resolve().is_relative_to(folder):
        raise ValueError("Selected agent file is outside the chosen directory")
    return not path.is_dir()


def _check_key(headers: Mapping[str, Any], count: int) -> None:
    keys = [value for name, value in headers.items() if name.lower() == "idempotency-key"]
    if count > 1 and keys and not isinstance(keys[-1], Omit):
        raise ValueError("One Idempotency-Key cannot be reused for multiple file uploads")


def _check_destinations(destinations: Iterable[str]) -> None:
    """Raise ValueError if a path in the environment is invalid, or below another one."""
    known = set(destinations)
    for destination in known:
        _check_destination(destination)
    if any(str(parent) in known for destination in known for parent in PurePosixPath(destination).parents):
        raise ValueError("Selected agent files contain duplicate or conflicting destinations")


def _check_destination(destination: str) -> None:
    if not destination.startswith(WORKSPACE) or "\x00" in destination or "\\" in destination:
        raise ValueError("Agent file destinations must be absolute POSIX file paths under /workspace")
    first, *others = destination.removeprefix(WORKSPACE).split("/")
    if {"", ".", ".."} & {first, *others}:
        raise ValueError("Agent file destinations cannot contain empty, dot or parent components")
    if first in RESERVED or first.startswith(".managed-agents-") or (first == "outputs" and not others):
        raise ValueError("Agent file destination uses a reserved environment path")


def _opened(source: str | os.PathLike[str], stack: ExitStack) -> Local:
    """Open a file, which must be a regular file and no symbolic link."""
    path = Path(source).absolute()
    if path.is_symlink():
        raise ValueError("Selected agent files must not be symlinks")
    if not path.is_file():
        raise ValueError("Selected agent files must be regular files")
    facts = path.lstat()
    if not S_ISREG(facts.st_mode):
        raise ValueError("Selected agent files must be regular files, not symlinks")
    if isinstance(source, Selected) and source.identity != _identity(facts):
        raise ValueError("Selected agent file changed after directory selection")
    file = stack.enter_context(path.open("rb"))
    if _identity(os.fstat(file.fileno())) != _identity(facts):
        raise ValueError("Selected agent file changed during preparation")
    return Local(path.name, file, facts.st_size)


def _content(file: FileTypes, stack: ExitStack) -> Any:
    """Return the file of an upload. A path in it is checked and opened."""
    name, content, *more = file if isinstance(file, tuple) else (None, file)
    if not isinstance(content, os.PathLike):
        return file
    local = _opened(content, stack)
    return (name, local.content()[1], *more) if isinstance(file, tuple) else local.content()
