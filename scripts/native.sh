#!/usr/bin/env bash
# Installs the native part of tfjs-node-gpu: npm run native -- --help
set -euo pipefail

usage="Usage: npm run native -- [options]

Installs the native part of tfjs-node-gpu. By itself: the package's own installer, which brings TensorFlow 2.9.1 for
CUDA 11.2 and cuDNN 8.1. For a current card: --libtensorflow compiles the package's binding for a newer TensorFlow
(Linux; needs a C++ compiler, which CXX may name). What was there stays if anything fails.

Options:
  --libtensorflow <dir|url>  TensorFlow's C library: a folder with include/ and lib/libtensorflow.so.2, or a .tar.gz of
                             one, on disk or by http(s)
  --sha256 <hex>             what the tarball must hash to
  --package <name>           @tensorflow/tfjs-node-gpu (the default) or @tensorflow/tfjs-node
  --help"

root=$(cd "$(dirname "$0")/.." && pwd)
libraries=$root/data/libtensorflow
framework=libtensorflow_framework.so.2

# Keys are for nobody that is started here.
secrets=()
for name in $(compgen -e); do
  [[ ${name^^} =~ (KEY|TOKEN|SECRET|PASSWORD)$ ]] || continue
  value=${!name}
  ((${#value} < 6)) || secrets+=("$value")
  unset "$name"
done

# Passes on lines without keys, without users' names, passwords and tokens in addresses, and with what moves a cursor as
# its code (as packages/core/src/messages/plain-text.ts does).
hide() {
  local line secret
  # shellcheck disable=SC2016
  while IFS= read -r line || [[ -n $line ]]; do
    for secret in "${secrets[@]}"; do line=${line//"$secret"/[key removed]}; done
    printf '%s\n' "$line"
  done | node -e '
    let rest = "";
    const show = (text) => process.stdout.write(text
      .replace(/\r\n?/g, "\n")
      .replace(/([a-z][a-z\d+.-]*:\/*)[^\s\/?#]+@/gi, "$1")
      .replace(/([?&][^=&#\s]+=)[^&#\s]+/g, "$1[removed]")
      .replace(/\b((sk|rk|pk|xai)[-_]|(hf|gsk)_)[\w-]{8,}/g, "[key removed]")
      .replace(/(?!\n)[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, (one) =>
        "\\u" + one.charCodeAt(0).toString(16).padStart(4, "0")));
    process.stdin.setEncoding("utf8").on("data", (text) => {
      const end = (rest + text).lastIndexOf("\n") + 1;
      show((rest + text).slice(0, end));
      rest = (rest + text).slice(end);
    }).on("end", () => show(rest));'
}
print() { printf '%s\n' "$*" | hide; }
fail() { print "$*" >&2; exit 1; }
refuse() { print "$*" >&2; exit 2; }

library='' sha256='' package=@tensorflow/tfjs-node-gpu
while (($#)); do
  case $1 in
    --help | -h) echo "$usage"; exit ;;
    --libtensorflow=* | --sha256=* | --package=*) set -- "${1%%=*}" "${1#*=}" "${@:2}"; continue ;;
    --libtensorflow | --sha256 | --package) (($# > 1)) || refuse "$1: expected a value (--help lists the options)" ;;
    *) refuse "expected --libtensorflow, --sha256 or --package, got $1 (--help lists the options)" ;;
  esac
  case $1 in
    --libtensorflow)
      [[ ! ${2,,} =~ ^[a-z][a-z0-9+.-]+:/ || ${2,,} =~ ^https?:// ]] ||
        refuse "--libtensorflow: expected a folder, a .tar.gz or an http(s) address, got $2"
      library=$2 ;;
    --sha256)
      [[ $2 =~ ^[0-9a-fA-F]{64}$ ]] || refuse "--sha256: expected 64 hexadecimal digits, got $2"
      sha256=${2,,} ;;
    --package)
      [[ $2 =~ ^@tensorflow/tfjs-node(-gpu)?$ ]] ||
        refuse "--package: expected @tensorflow/tfjs-node-gpu or @tensorflow/tfjs-node, got $2"
      package=$2 ;;
  esac
  shift 2
done
[[ -z $sha256 || -n $library ]] || refuse "--sha256 checks the tarball that --libtensorflow names; give both"

# The package, and the Node-API version that its binding is compiled for and found under.
cd "$root"
package_json=$(node -p "require.resolve('$package/package.json')" 2>/dev/null) ||
  fail "$package is not installed; first run: npm ci (tfjs-node: npm install --no-save $package)"
target=$(dirname "$package_json")
napi=$(node -p "Math.max(...require('$package_json').binary.napi_versions.filter((v) => v <= process.versions.napi))")
print "$package in $target"

# Sets `folder` to the library's, unpacked once into a folder named for the tarball's hash.
find_library() {
  local path name
  if [[ ${library,,} =~ ^https?:// ]]; then
    name=$(basename "${library%%[?#]*}")
    folder=$libraries/${name%%.t*gz}-${sha256:0:8}
    if [[ -n $sha256 && -d $folder ]]; then print "fetched before: $folder"; return; fi
    mkdir -p "$libraries"
    path=$libraries/$name.part
    leftovers+=("$path")
    print "downloading $library"
    curl --fail --location --silent --show-error --output "$path" "$library" 2>&1 | hide >&2 ||
      fail "cannot download $library: check the address, or fetch the file by other means and name it by --libtensorflow"
  else
    path=${library/#\~\//$HOME/}
    path=$(cd "${INIT_CWD:-$root}" && realpath -m "$path")
    name=$(basename "$path")
    if [[ -d $path ]]; then
      [[ -z $sha256 ]] || fail "--sha256 checks a tarball, and $path is a folder; leave it out"
      folder=$path
      return
    fi
    [[ -f $path ]] || fail "--libtensorflow: no file or folder $path"
  fi
  local hash
  hash=$(sha256sum <"$path" | cut -d' ' -f1)
  [[ -z $sha256 || $hash == "$sha256" ]] ||
    fail "$name: expected SHA-256 $sha256, got $hash; nothing was kept"
  print "SHA-256 $hash, $([[ -n $sha256 ]] && echo as expected || echo unchecked without --sha256)"
  folder=$libraries/${name%%.t*gz}-${hash:0:8}
  [[ ! -d $folder ]] || return 0
  leftovers+=("$folder.part")
  rm -rf "$folder.part"
  mkdir -p "$folder.part"
  # A tarball from PyPI or of the official kind: by the system's tar, since npm's refuses a link to a link.
  tar -xf "$path" -C "$folder.part" 2>/dev/null ||
    fail "$name: expected a whole .tar.gz, and it does not unpack; nothing was kept"
  mv "$folder.part" "$folder"
  print "unpacked into $folder; after npm ci that folder will do for --libtensorflow"
}

# Compiles the package's own sources into $target/.staged, beside what is there.
compile() {
  [[ $(uname) == Linux ]] ||
    fail "--libtensorflow compiles on Linux only (on Windows: in WSL); leave it out to run the package's own installer"
  find_library
  local header lib='' compiler='' headers='' candidate
  for header in tensorflow/c/c_api.h tensorflow/c/eager/c_api.h; do
    [[ -f $folder/include/$header ]] || missing "include/$header"
  done
  # The official tarballs' way, and the Python packages'.
  for candidate in "$folder"/{lib/,}libtensorflow{,_cc}.so.2; do
    [[ -f $candidate && -f $(dirname "$candidate")/$framework && -z $lib ]] && lib=$candidate
  done
  [[ -n $lib ]] || missing "lib/libtensorflow.so.2 and lib/$framework"
  print "TensorFlow's library: $lib"
  for candidate in ${CXX:-} g++ c++ clang++; do
    if [[ -z $compiler ]] && command -v "$candidate" >/dev/null; then compiler=$candidate; fi
  done
  [[ -n $compiler ]] ||
    fail "compiling needs a C++ compiler, and none of \$CXX, g++, c++ and clang++ is there; get one by: sudo apt-get install g++"
  for candidate in "$(dirname "$(dirname "$(node -p "fs.realpathSync(process.execPath)")")")/include/node" \
    "${XDG_CACHE_HOME:-$HOME/.cache}/node-gyp/$(node -p process.versions.node)/include/node" \
    /usr/include/node /usr/include/nodejs/src; do
    if [[ -z $headers && -f $candidate/node_api.h ]]; then headers=$candidate; fi
  done
  [[ -n $headers ]] || fail "compiling needs Node's headers (node_api.h); get them by: npx --yes node-gyp install"
  local staged=$target/.staged
  leftovers+=("$staged")
  rm -rf "$staged"
  mkdir -p "$staged/lib/napi-v$napi" "$staged/deps"
  ln -s "$(dirname "$lib")" "$staged/deps/lib"
  print "compiling with $compiler and Node's headers in $headers"
  # shellcheck disable=SC2016
  "$compiler" -std=c++17 -O2 -fPIC -shared "-DNAPI_VERSION=$napi" -isystem "$headers" -isystem "$folder/include" \
    "$target"/binding/tfjs_{backend,binding}.cc "$lib" "$(dirname "$lib")/$framework" \
    '-Wl,-rpath,$ORIGIN/../../deps/lib' -o "$staged/lib/napi-v$napi/tfjs_binding.node" 2>&1 | hide >&2 ||
    fail "$compiler could not compile the binding"
}

missing() {
  local inside names
  names=$(ls "$folder" | head -8 | paste -sd' ')
  inside=$(cd "$folder" && ls -d ./*/include/tensorflow/c/c_api.h 2>/dev/null | head -1 | cut -d/ -f2 || true)
  fail "--libtensorflow: expected TensorFlow's C library in $folder, with $1; it holds ${names:-nothing}${inside:+; give $folder/$inside, which has the headers}"
}

# Runs the package's own installer, which downloads TensorFlow's library and the binding.
install_stock() {
  cp "$package_json" "$target/.package.json"
  local status=0
  npm rebuild --ignore-scripts=false --foreground-scripts "$package" 2>&1 | hide || status=$?
  # The installer writes into these, and may leave them half done.
  rm -rf "$target/build-tmp-napi-v$napi"
  mv "$target/.package.json" "$package_json"
  ((status == 0)) ||
    fail "the package's own installer failed. It downloads from its makers' storage: a proxy is named by HTTPS_PROXY; else compile by npm run native -- --libtensorflow DIR"
}

move_parts() {
  local part
  for part in lib deps; do
    [[ -e $1/$part ]] || continue
    rm -rf "${2:?}/$part"
    mv "$1/$part" "$2/$part"
  done
}

# Puts back what was there, unless the new part is good; a killed run's is put back by the next one.
leftovers=() replacing='' good=''
restore() {
  if [[ -n $replacing && -z $good ]]; then
    local before='nothing was installed'
    [[ ! -e $target/.before/lib ]] || before='the native part from before is in place again'
    rm -rf "$target/lib" "$target/deps"
    move_parts "$target/.before" "$target"
    print "$before" >&2
  fi
  [[ -z $replacing ]] || rm -rf "$target/.before"
  rm -rf "${leftovers[@]}"
}
trap restore EXIT
trap 'exit 130' INT TERM

[[ -z $library ]] || compile
move_parts "$target/.before" "$target"
replacing=yes
mkdir -p "$target/.before"
move_parts "$target" "$target/.before"
if [[ -n $library ]]; then move_parts "$target/.staged" "$target"; else install_stock; fi
probe=$(node scripts/launch.mjs probe-child "${package#*/}" 2>&1) || fail "the new native part ends its process: ${probe##*$'\n'}"
node -e '
  const { loads, reason, describe, device } = JSON.parse(process.argv[1].trim().split("\n").at(-1));
  console.log(loads ? `it loads and multiplies rightly: ${describe}` : `the new native part does not load: ${reason}`);
  if (loads && device !== "CUDA") console.log("it runs on the CPU; npm run doctor names the CUDA that a card needs");
  process.exitCode = loads ? 0 : 1;' "$probe" | hide || exit 1
good=yes
