"""The peer's server: nginx in front of gunicorn on a unix socket, two gevent workers. `serve.py PORT`."""

import os
import signal
import subprocess
import sys
import tempfile

here = os.path.dirname(os.path.abspath(__file__))
work = tempfile.mkdtemp(prefix="peer-")
port = sys.argv[1]

configuration = f"""
user root;
worker_processes 1;
daemon off;
pid {work}/nginx.pid;
error_log /dev/null;
events {{}}
http {{
  access_log off;
  client_body_temp_path {work}/body;
  proxy_temp_path {work}/proxy;
  fastcgi_temp_path {work}/fastcgi;
  uwsgi_temp_path {work}/uwsgi;
  scgi_temp_path {work}/scgi;
  upstream gunicorn {{ server unix:{work}/gunicorn.sock; }}
  server {{
    listen {port} deferred;
    client_max_body_size 5m;
    keepalive_timeout 5;
    proxy_read_timeout 1200s;
    location ~ ^/(ping|invocations) {{
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header Host $http_host;
      proxy_redirect off;
      proxy_pass http://gunicorn;
    }}
    location / {{ return 404 "{{}}"; }}
  }}
}}
"""
with open(f"{work}/nginx.conf", "w") as file:
    file.write(configuration)

nginx = subprocess.Popen(["nginx", "-c", f"{work}/nginx.conf"])
gunicorn = subprocess.Popen(
    ["gunicorn", "--timeout", "60", "-k", "gevent", "-b", f"unix:{work}/gunicorn.sock", "-w", "2",
     "--chdir", here, "--log-level", "error", "predictor:app"]
)


def stop(*_):
    nginx.send_signal(signal.SIGQUIT)
    gunicorn.terminate()


signal.signal(signal.SIGTERM, stop)
while os.wait()[0] not in (nginx.pid, gunicorn.pid):
    pass
stop()
