"""Helper methods of the files of environments, and of the artifacts of sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._call import Options
from ...._methods import method
from ..._resource import Resource

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence
    from typing import Any

    from typing_extensions import Unpack

    from ...._types import FileTypes
    from ....lib.beta.agents._artifacts import AgentResultArtifacts
    from ....lib.beta.agents._files import PreparedAgentFiles, StagedAgentFile
    from ....lib.beta.agents._result import AgentTurnResult

__all__ = ["ArtifactHelpers", "FileHelpers"]


class ArtifactHelpers(Resource):
    def for_result(self, result: AgentTurnResult[Any]) -> AgentResultArtifacts:
        """Return the artifacts that a turn has left; its methods `content` and `download` take their paths.

        Args:
            result: What `get_final_result` of a stream of the session returned.
        """
        from ....lib.beta.agents._artifacts import AgentResultArtifacts

        return AgentResultArtifacts(self, result)


class FileHelpers(Resource):
    @method(Options)
    def prepare(self, files: Mapping[str, str | os.PathLike[str]], **arguments: Unpack[Options]) -> PreparedAgentFiles:
        """Upload files for a hosted environment that will be created.

        Example::

            prepared = client.beta.agents.environments.files.prepare({"/workspace/data.csv": "data.csv"})
            client.beta.agents.environments.create(name="data", files=prepared.files)

        Args:
            files: Paths in the environment, below `/workspace`, and the file for each. Symbolic links are refused.
            **arguments: More arguments of the uploads.

        Raises:
            ValueError: Before the first upload: a path or a file is invalid.
            AgentFilePreparationError: An upload failed. Its `prepared` has the files before it.
        """
        from ....lib.beta.agents._files import prepare

        return prepare(self._client, files, arguments)

    @method(Options)
    def prepare_directory(
        self,
        root: str | os.PathLike[str],
        *,
        destination: str,
        include: Sequence[str],
        **arguments: Unpack[Options],
    ) -> PreparedAgentFiles:
        """Upload the files of a directory for a hosted environment that will be created; see `prepare`.

        Args:
            root: The directory.
            destination: The directory in the environment, below `/workspace`.
            include: Patterns of the files, relative to the directory, such as `"**/*.py"`.
            **arguments: More arguments of the uploads.

        Raises:
            ValueError: Before the first upload: a path is invalid, or no file matches.
            AgentFilePreparationError: An upload failed. Its `prepared` has the files before it.
        """
        from ....lib.beta.agents._files import directory_files

        return self.prepare(directory_files(root, destination, include), **arguments)

    @method(Options)
    def upload(
        self, environment_id: str, *, file: FileTypes, path: str, **arguments: Unpack[Options]
    ) -> StagedAgentFile:
        """Upload a file and add it to an environment that exists.

        Args:
            environment_id: The id of the environment.
            file: The file: bytes, a binary file, a path, or a tuple of a name and one of these.
            path: The path in the environment, below `/workspace`.
            **arguments: More arguments of both requests.

        Raises:
            ValueError: A path or the file is invalid. Nothing was sent.
            AgentFileStagingError: The file was uploaded, and could not be added.
        """
        from ....lib.beta.agents._files import upload

        return upload(self, environment_id, file, path, arguments)
