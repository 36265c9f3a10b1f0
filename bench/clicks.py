"""How long the page needs to draw what the service answers: `python3 bench/clicks.py PROGRAM PAGE [options]`.

On the home of read_model.py (5,000 customers and 13 months), in a browser. For each click, milliseconds from the last
answer of the service to the moment when the last change is on the screen, the median and the longest of some rounds;
where nothing is asked, from the click. Behind it, from the click to the first change on the screen.
"""
import json
from pathlib import Path

import read_model

WEB = Path(__file__).resolve().parent.parent / "web"
NODE = WEB / "node_modules/.node/bin/node"
AIM = 100  # ms


def main() -> None:
    parser = read_model.parser()
    parser.description = __doc__.splitlines()[0]
    parser.add_argument("page", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    bench = read_model.Bench(options)
    options.folder.mkdir(parents=True, exist_ok=True)
    bench.make_home()
    service, link = bench.serve(r"http\S+/sign-in\?link=\S+", "--open", "--page", options.page)
    try:
        told = read_model.run([NODE, WEB / "tools/clicks.mjs", link[0], options.rounds])
    finally:
        service.terminate()
        service.wait(30)
    print(f"{'':42} {'median':>8} {'longest':>8} {'first':>8}")
    for click in json.loads(told):
        mark = "" if click["median"] <= AIM else f"  above {AIM}"
        what = "" if click["asked"] else "  (nothing asked)"
        print(f"{click['name']:42} {click['median']:8.0f} {click['longest']:8.0f} {click['first']:8.0f}{what}{mark}")


if __name__ == "__main__":
    main()
