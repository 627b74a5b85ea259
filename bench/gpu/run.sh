#!/bin/sh
# Builds llama.cpp for one graphics chip from what bench/gpu/pack.py packed, then runs the benchmarks. No network needed.
# Usage, in the repository's root: bench/gpu/run.sh ARCHITECTURE [SHAPE...]
# ARCHITECTURE is CUDA's number (90 for H100 and H200, 86 for RTX 3090), or "cpu" to try the way without a card.
set -eu
architecture=$1
shift
python=${PYTHON:-python3}
pack=$PWD/build/gpu

"$python" -m pip install --quiet --no-index --no-deps --upgrade --target build/site "$pack"/wheels/*.whl
export PYTHONPATH="$PWD/build/site:$PWD/build/llama-cpp-python"

# One build for all contenders: llama-server and the bindings load the same libraries.
cuda="-DGGML_CUDA=ON -DCMAKE_CUDA_ARCHITECTURES=$architecture"
if [ "$architecture" = cpu ]; then
    cuda=
    export LAYERS=0
fi
SDIST="$pack/source.tar.xz" CMAKE_ARGS="-DBUILD_SHARED_LIBS=ON $cuda ${CMAKE_ARGS:-}" JOBS="${JOBS:-$(nproc)}" \
    "$python" -m bench.server_build
ln -sfn ../../llama-server/bin build/llama-cpp-python/llama_cpp/lib

exec "$python" -m bench.gpu "$@"
