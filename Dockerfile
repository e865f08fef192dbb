# The commands of Forestall as a user without rights. Build: docker build -t forestall .
# Run:   docker run --rm -v "$PWD:/work" --user "$(id -u):$(id -g)" forestall run karabakh-2023 --out run
FROM python:3.11-slim

ENV PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    NUMBA_CACHE_DIR=/tmp/numba \
    HOME=/tmp

COPY . /source
RUN python -m pip install --constraint /source/constraints.txt /source \
    && rm -r /source \
    && useradd --system --no-create-home forestall \
    && install --directory --owner=forestall /work

USER forestall
WORKDIR /work
ENTRYPOINT ["forestall"]
CMD ["--help"]
