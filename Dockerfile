# The bot on a CPU. Build:  docker build -t lookout .
# Run:  docker run -p 127.0.0.1:8080:8080 -v lookout:/data lookout          then open http://localhost:8080
# or:   docker run -e TELEGRAM_TOKEN=… -v lookout:/data lookout

FROM python:3.11-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends g++ make && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements requirements
# Not tuned to the machine that builds it: the image must run on another one, so it asks for AVX2 and no more.
ENV CMAKE_ARGS="-DGGML_NATIVE=OFF -DGGML_AVX=ON -DGGML_AVX2=ON -DGGML_FMA=ON -DGGML_F16C=ON -DGGML_BMI2=ON"
RUN python -m venv .venv && .venv/bin/python requirements/install.py requirements/build.lock requirements/run.lock \
    && .venv/bin/pip uninstall --yes cmake ninja scikit-build-core

FROM python:3.11-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 libstdc++6 && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 lookout && mkdir /data && chown lookout /data
WORKDIR /app
COPY --from=build /app/.venv .venv
COPY bot bot
COPY handlers handlers
COPY lookout lookout
COPY places places
COPY prompts prompts
COPY sandbox sandbox
COPY storage storage
COPY tiny/weights tiny/weights
COPY vision vision
COPY voice voice
COPY web web
USER lookout
# The page must be reachable from outside of the container; publish its port on the loopback only.
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA=/data SANDBOX_HOST=0.0.0.0
VOLUME /data
EXPOSE 8080
# Without urllib, which would ask the proxy that the environment names.
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s \
    CMD ["python", "-c", "import http.client, os, sys; bot = http.client.HTTPConnection('127.0.0.1', int(os.environ.get('WEB_PORT') or 8081), timeout=4); bot.request('GET', '/healthz'); sys.exit(bot.getresponse().status != 200)"]
STOPSIGNAL SIGTERM
CMD ["python", "-m", "bot", "run"]
