"""An S3-compatible object store, through fsspec. Needs guantong[cluster].

Address and credentials come from AWS's environment variables or fsspec's configuration, never from the command line.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from guantong.flows.errors import CannotRun

REQUESTS_AT_ONCE = 8


@contextmanager
def open_store(url: str) -> Iterator[object]:
    """The store in which ``url`` lies, as a file system of fsspec. What fails in the block is raised as CannotRun, with a message in Chinese.

    Raises CannotRun also where what it needs is not installed.
    """
    if not find_spec("s3fs"):
        raise CannotRun("s3:// 地址需要另行安装：pip install 'guantong[cluster]'")
    import fsspec
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield fsspec.filesystem("s3", use_listings_cache=False, skip_instance_cache=True)
    except FileNotFoundError as error:
        raise CannotRun(f"对象存储“{url}”不存在，请检查存储桶和地址") from error
    except PermissionError as error:
        raise CannotRun(f"没有权限访问对象存储“{url}”，请检查环境变量 AWS_ACCESS_KEY_ID 等") from error
    except (OSError, BotoCoreError, ClientError) as error:
        raise CannotRun(f"对象存储“{url}”无法访问（{type(error).__name__}），请检查网络，以及环境变量 AWS_ENDPOINT_URL 等") from error
