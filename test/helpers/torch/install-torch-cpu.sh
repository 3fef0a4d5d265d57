#!/usr/bin/env bash
# Installs PyPI's torch for CPU-only use without the CUDA wheels: the Linux x86-64 wheel on PyPI is the CUDA build, and its
# nvidia-* and triton dependencies are four times its size. They are loaded but never called on a machine without a GPU, so
# small stub libraries take their place. For tests and CI only; never for a user's interpreter, never on a machine with a GPU.
# usage: install-torch-cpu.sh [VENV] [TORCH_VERSION]    needs gcc and binutils; VENV is made when absent
# VENV: ~/.cache/batchscope-torch by default; it also gets ONNX, ONNX Runtime (CPU) and the converters. Does nothing where it
# already holds these versions.
set -euo pipefail
venv=${1:-${BATCHSCOPE_TORCH:-$HOME/.cache/batchscope-torch}} version=${2:-2.15.0}
onnx=(onnx==1.23.2 onnxruntime==1.31.1 onnxconverter-common==1.16.0 onnxscript==0.7.2)
install_onnx() {
  "$venv/bin/python" - "${onnx[@]}" <<'PY' && return
import importlib.metadata, sys
def version(name):
    try: return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError: return None
sys.exit(any(version(name) != wanted for name, wanted in (word.split('==') for word in sys.argv[1:])))
PY
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "${onnx[@]}"
}
if "$venv/bin/python" -c "import sys, torch; sys.exit(torch.__version__.split('+')[0] != '$version')" 2>/dev/null; then
  install_onnx; echo "torch $version and ${onnx[*]} are in $venv"; exit 0
fi
[[ -x $venv/bin/python ]] || python3 -m venv "$venv"
pip=("$venv/bin/python" -m pip install --quiet --disable-pip-version-check)
"${pip[@]}" --no-deps "torch==$version"
numpy=numpy; [[ $version =~ ^(1\.|2\.[0-2]\.) ]] && numpy='numpy<2'          # built against NumPy 1
"${pip[@]}" sympy networkx jinja2 fsspec filelock typing_extensions "$numpy" "setuptools>=77"
site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
lib=$site/torch/lib
major=$(grep -oP "^cuda[^=]*= '\K[0-9]+" "$site/torch/version.py" || true)
[[ $major ]] || { echo "torch $version is no CUDA build: nothing to stub" >&2; install_onnx; exit 0; }
# the runtime and CUPTI are small (15 MB together) and libtorch_cpu asks them things at start: take the real ones
want() { "$venv/bin/python" - "$1" <<'PY'
import importlib.metadata, re, sys
name = sys.argv[1]
reqs = importlib.metadata.requires('torch') or []
for r in reqs:                                    # up to 2.10 or so: pinned one by one
    m = re.match(rf'{name}(-cu\d+)?\s*\(?==\s*([\d.]+)', r)
    if m: print(f'{name}{m[1] or ""}=={m[2]}'); break
else:                                             # later: through cuda-toolkit[...]==X.Y.Z
    m = next((m for r in reqs if (m := re.match(r'cuda-toolkit\[.*\]==(\d+\.\d+)', r))), None)
    print(f'{name}=={m[1]}.*' if m else name)
PY
}
"${pip[@]}" --no-deps "$(want nvidia-cuda-runtime)" "$(want nvidia-cuda-cupti)"
stubs=$(dirname "$(find "$site/nvidia" -name 'libcudart.so.*' | head -1)")
tmp=$(mktemp -d); trap 'rm -rf "$tmp"' EXIT
objs=("$lib"/libtorch_cuda*.so "$lib"/libtorch_python.so "$lib"/libc10_cuda.so "$lib"/libtorch_nvshmem.so "$lib"/libtorch.so)
needed=$(for f in "${objs[@]}"; do [[ -e $f ]] && objdump -p "$f"; done | awk '$1=="NEEDED"{print $2}' | sort -u |
         grep -E '^lib(cu|nv|nccl)' | grep -vE '^lib(cudart|cupti|cuda)\.so')
for f in "${objs[@]}"; do [[ -e $f ]] && readelf --dyn-syms -W "$f"; done | awk '$7=="UND"{print $8}' | sort -u >"$tmp/undefined"
for f in "${objs[@]}"; do [[ -e $f ]] && objdump -p "$f"; done |      # library <-> symbol version pairs
  awk '/required from/{lib=$3; sub(/:$/, "", lib)} /^ +0x[0-9a-f]+ 0x[0-9a-f]+ /{print lib, $NF}' | sort -u >"$tmp/versions"
for so in $needed; do
  [[ -e $stubs/$so ]] && continue
  : >"$tmp/stub.c"; : >"$tmp/stub.map"
  while read -r v; do
    awk -F@ -v v="$v" '$2==v && $1!=""{print $1}' "$tmp/undefined" | sort -u >"$tmp/names"
    awk '{print "int " $1 "(void){return 100;}"}' "$tmp/names" >>"$tmp/stub.c"
    awk -v v="$v" 'BEGIN{print v " { global:"} {print $1 ";"} END{print "};"}' "$tmp/names" >>"$tmp/stub.map"
  done < <(awk -v so="$so" '$1==so{print $2}' "$tmp/versions")
  case $so in libnccl.*) own=nccl ;; libcufile.*) own=cuFile ;; libcusparseLt.*) own=cusparseLt ;; *) own= ;; esac
  [[ -z $own ]] || awk -v p="^$own" '$1~p && !/@/{print "int " $1 "(void){return 100;}"}' "$tmp/undefined" >>"$tmp/stub.c"
  map=(); [[ -s $tmp/stub.map ]] && map=(-Wl,--version-script,"$tmp/stub.map")
  gcc -shared -fPIC -w -fno-builtin -Wl,-soname,"$so" "${map[@]}" -o "$stubs/$so" "$tmp/stub.c"
done
install_onnx
"$venv/bin/python" - <<'PY'
import torch
x = torch.randn(64, 64)
assert torch.allclose(torch.nn.functional.linear(x, x), x @ x.T, atol=1e-3)
print('torch', torch.__version__, 'cuda available:', torch.cuda.is_available())
PY
