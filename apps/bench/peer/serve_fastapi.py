"""A peer's server: uvicorn with two workers, and uvloop and httptools where they are. `serve_fastapi.py PORT`."""

import os
import sys

import uvicorn

if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    uvicorn.run(
        "fastapi_app:app", app_dir=here, host="127.0.0.1", port=int(sys.argv[1]), workers=2,
        log_level="error", access_log=False,
    )
