"""A release of small files in place of the 112 MB of photos, and a web server that misbehaves as it is told."""

import contextlib
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from dreambench.dataset import release as release_module


class FakeRelease:
    """37 of the real manifest's files with short contents of their own: `content` by path, the manifest in `manifest`.

    Every subject has its first image; cat and dog5 have their near-duplicates too.
    """

    def __init__(self, folder: Path) -> None:
        record = json.loads(release_module.MANIFEST_FILE.read_text())
        pairs = {image["near_duplicate_of"] for image in record["images"] if "near_duplicate_of" in image}
        record["images"] = [
            image
            for image in record["images"]
            if image["path"].endswith("00.jpg") or image["path"] in pairs or "near_duplicate_of" in image
        ]
        self.content: dict[str, bytes] = {}
        for file in (*record["texts"], *record["images"]):
            content = f"{file['path']}\n".encode() * 40
            self.content[file["path"]] = content
            file |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        self.manifest = folder / "manifest-of-the-fake.json"
        self.manifest.write_text(json.dumps(record))

    def write(self, folder: Path, *, leave_out: tuple[str, ...] = ()) -> Path:
        """Lay the files out in a folder as a clone would."""
        for path, content in self.content.items():
            if path not in leave_out:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(content)
        return folder


class Mirror:
    """A server of a release's files. `faults[path]` is a list of what goes wrong at each request, first to last:

    a status code, "cut" (half of the file, then the line drops), "wrong" (as long, but other bytes), "endless" (far too
    long), or "slow" (nothing until `over` is set, then the line drops).
    """

    def __init__(self, content: dict[str, bytes]) -> None:
        self.content = content
        self.faults: dict[str, list[int | str]] = {}
        self.requests: list[str] = []
        self.over = threading.Event()
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            wbufsize = -1  # head and body leave together

            def do_GET(self) -> None:
                mirror.answer(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/copy/"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        path = handler.path.removeprefix("/copy/")
        self.requests.append(path)
        faults = self.faults.get(path, [])
        fault = faults.pop(0) if faults else None
        body = self.content.get(path)
        if isinstance(fault, int) or body is None:
            handler.send_error(fault if isinstance(fault, int) else 404)
            return
        if fault == "wrong":
            body = bytes(len(body))
        if fault == "endless":
            body = body * 1000
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if fault == "cut":
            handler.wfile.write(body[: len(body) // 2])
            handler.close_connection = True
        elif fault == "slow":
            while not self.over.is_set():
                time.sleep(0.02)
        else:
            with contextlib.suppress(OSError):  # the other side hangs up on "endless"
                handler.wfile.write(body)
