"""Copy the front end's prebuilt files out of npm packages, and check that nobody changed them since.

python -m tools.vendor            fetch what tools/vendor.json names, write files and VENDOR.json
python -m tools.vendor --check    compare the files with VENDOR.json; needs no network
"""

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
WISHES = ROOT / "tools" / "vendor.json"
RECORD = ROOT / "app" / "static" / "vendor" / "VENDOR.json"
SOURCE_MAP = re.compile(rb"\s*(?://[#@] sourceMappingURL=\S+|/\*[#@] sourceMappingURL=\S+ \*/)\s*\Z")
SVG = "http://www.w3.org/2000/svg"
ET.register_namespace("svg", SVG)

Package = dict[str, Any]


class VendorError(Exception):
    """A package does not hold what tools/vendor.json asks of it."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only compare the files with VENDOR.json")
    if parser.parse_args(arguments).check:
        faults = check()
        print("\n".join(faults) or "vendored files: all as recorded")
        return 1 if faults else 0
    try:
        fetch_all()
    except VendorError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def check() -> list[str]:
    """Return one sentence for each vendored file that is missing, changed or not recorded."""
    wishes, record = read(WISHES), read(RECORD)
    faults = [
        f"{wish['name']}: {wish['version']} is wanted, {found or 'nothing'} is here; run tools/vendor.py"
        for wish in wishes
        if (found := {entry["name"]: entry["version"] for entry in record}.get(wish["name"])) != wish["version"]
    ]
    recorded = {path: digest for entry in record for path, digest in entry["files"].items()}
    for path, digest in recorded.items():
        if not (ROOT / path).is_file():
            faults.append(f"{path}: recorded, but missing")
        elif sha256(ROOT / path) != digest:
            faults.append(f"{path}: differs from what was recorded")
    for folder in {ROOT / entry["into"] for entry in record} | {RECORD.parent}:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if path.is_file() and path != RECORD and name not in recorded:
                faults.append(f"{name}: not recorded in {RECORD.relative_to(ROOT).as_posix()}")
    return faults


def fetch_all() -> None:
    """Fetch every package of tools/vendor.json and write what came into VENDOR.json."""
    known = {(entry["name"], entry["version"]): entry["integrity"] for entry in read(RECORD)}
    record = []
    for wish in read(WISHES):
        print(f"{wish['name']} {wish['version']}")
        with tempfile.TemporaryDirectory() as folder:
            package, integrity = unpack(wish, Path(folder))
            # A version once published never changes; where it did, somebody tampered with it.
            if known.get((wish["name"], wish["version"]), integrity) != integrity:
                raise VendorError(f"{wish['name']} {wish['version']}: not the package that was vendored before")
            record.append(copy(wish, package) | {"integrity": integrity})
    RECORD.parent.mkdir(parents=True, exist_ok=True)
    RECORD.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def unpack(wish: Package, folder: Path) -> tuple[Path, str]:
    """Return the unpacked package and npm's integrity hash of it."""
    command = ["npm", "pack", "--json", "--silent", f"{wish['name']}@{wish['version']}"]
    answer = subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout
    packed = json.loads(answer)
    # npm 11 answers with a list, later ones with an object keyed by package name.
    [entry] = packed if isinstance(packed, list) else packed.values()
    with tarfile.open(folder / entry["filename"]) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package", entry["integrity"]


def copy(wish: Package, package: Path) -> Package:
    """Write the wanted files of `package` into the project; return the record of them."""
    target = ROOT / wish["into"]
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for source, name in wish.get("files", {}).items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        # The maps are not shipped, and a browser's developer tools would report each as a 404.
        (target / name).write_bytes(SOURCE_MAP.sub(b"\n", existing(package / source, wish).read_bytes()))
    for source, (name, repertoire) in wish.get("fonts", {}).items():
        from tools.font import slim  # needs fonttools, which only those have who develop

        (target / name).write_bytes(slim(existing(package / source, wish), repertoire))
    if "icons" in wish:
        (target / "sprite.svg").write_text(sprite(package / "icons", wish), encoding="utf-8")
    licence = ROOT / wish["licence_text"] if "licence_text" in wish else existing(package / wish["licence_file"], wish)
    shutil.copyfile(licence, target / "LICENSE")
    files = sorted(path for path in target.rglob("*") if path.is_file())
    return {
        "name": wish["name"],
        "version": wish["version"],
        "licence": wish["licence"],
        "into": wish["into"],
        "files": {path.relative_to(ROOT).as_posix(): sha256(path) for path in files},
    }


def sprite(icons: Path, wish: Package) -> str:
    """Return one SVG with a symbol for each wanted icon; colour and stroke width come from where it is used."""
    symbols = []
    for name in sorted(wish["icons"]):
        style, plain = ("filled", name.removesuffix("-filled")) if name.endswith("-filled") else ("outline", name)
        drawing = ET.parse(existing(icons / style / f"{plain}.svg", wish)).getroot()
        # On the symbol, not the root: <use> takes only the symbol along.
        look = "".join(f' {key}="{drawing.get(key, "none")}"' for key in ("fill", "stroke"))
        look += ' stroke-linecap="round" stroke-linejoin="round"' if style == "outline" else ""
        # Tabler draws an invisible 24 × 24 frame into every icon; the viewBox says the same.
        shapes = [shape for shape in drawing if (shape.get("stroke"), shape.get("fill")) != ("none", "none")]
        lines = "".join(ET.tostring(shape, encoding="unicode").strip() for shape in shapes)
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24"{look}>{lines}</symbol>\n')
    return f'<svg xmlns="{SVG}">\n{"".join(symbols)}</svg>\n'.replace(f' xmlns:svg="{SVG}"', "").replace("<svg:", "<")


def existing(path: Path, wish: Package) -> Path:
    if not path.is_file():
        raise VendorError(f"{wish['name']} {wish['version']} has no {path.name}")
    return path


def read(path: Path) -> list[Package]:
    return list(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else []


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
