"""Each rule fires on a small tree that breaks it, and none fires on one that is in order."""
import re
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import advice
import check
import made_pages
import modules
import numbers_of_money
import portable_sql
from tree import Tree

HEADER = "/// Amounts.\n#pragma once\n"


def good_tree() -> dict[str, str]:
    tree = {f"src/{module}/CMakeLists.txt": "" for module in modules.MODULES}
    return tree | {
        "README.md": "See [the law](LICENSE) and [a page](https://example.com/x).\n",
        "LICENSE": "free\n",
        "src/foundation/money/CMakeLists.txt": "apportion_module(money SOURCES money.cpp)\n",
        "src/foundation/money/money.h": HEADER,
        "src/foundation/money/money.cpp": '// double\n#include "foundation/money/money.h"\nauto a = "float";\n',
        "src/pipeline/split/CMakeLists.txt": "apportion_module(split SOURCES s.cpp SQL queries/sums.sql)\n",
        "src/pipeline/split/queries/sums.sql": "SELECT sum(\"a/b\") FROM charges WHERE x = '/' -- no avg(x)\n",
        "src/pipeline/split/s.cpp": '#include "foundation/money/money.h"\n'
                                    '#include "pipeline/split/queries/sums.sql.h"\n',
    }


class Structure(unittest.TestCase):
    def setUp(self):
        self.enterContext(mock.patch.dict(portable_sql.ALLOWED, clear=True))  # of the real tree
        self.enterContext(mock.patch.dict(numbers_of_money.FLOATS_ALLOWED, clear=True))

    def findings(self, changes: dict[str, str | None]) -> list[str]:
        """What is found in the good tree with some files changed, or taken away (None)."""
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (good_tree() | changes).items():
                if text is not None:
                    path = Path(folder, name)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(text, encoding="utf-8")
            return [str(finding) for finding in check.findings_in(Path(folder))]

    def assert_finds(self, changes: dict[str, str | None], *parts: str, count: int = 1):
        findings = self.findings(changes)
        self.assertEqual(len(findings), count, findings)
        for part in parts:
            self.assertIn(part, findings[0])

    def test_a_tree_in_order(self):
        self.assertEqual(self.findings({}), [])

    def test_a_stage_includes_another(self):
        self.assert_finds(
            {
                "src/pipeline/ingest/a.h": HEADER,
                "src/pipeline/split/b.h": HEADER + '#include "pipeline/ingest/a.h"\n',
            },
            "src/pipeline/split/b.h:3:", "pipeline/split must not include pipeline/ingest",
        )

    def test_an_include_against_the_direction(self):
        self.assert_finds(
            {"src/app/a.h": HEADER, "src/sample/b.h": HEADER + '#include "app/a.h"\n'}, "sample must not include app")

    def test_a_stated_exception_is_allowed_until_it_is_stale(self):
        with mock.patch.dict(modules.EXCEPTIONS, {("sample", "app"): "for this test"}):
            self.assertEqual(
                self.findings({"src/app/a.h": HEADER, "src/sample/b.h": HEADER + '#include "app/a.h"\n'}), [])
            self.assert_finds({}, "no longer includes app")

    def test_a_surface_asks_use_cases(self):
        files = {"src/store/a.h": HEADER, "src/application/b.h": HEADER + '#include "store/a.h"\n'}
        good = HEADER + '#include "application/b.h"\n#include "foundation/money/money.h"\nrun(w.control_plane);\n'
        self.assertEqual(self.findings(files | {"src/serve/cli/c.h": good}), [])
        past = {"src/serve/cli/c.h": good + '#include "store/a.h"\n'}
        self.assert_finds(files | past, "c.h:6:", "serve/cli must not include store itself")
        self.assert_finds(files | {"src/serve/cli/c.h": good + "auto a = w.control_plane.customers();\n"}, "c.h:6:",
                          "asks the control plane itself")
        with mock.patch.dict(modules.SURFACE_EXCEPTIONS, {("src/serve/cli/c.h", "store/a.h"): "for this test"}):
            self.assertEqual(self.findings(files | past), [])
            self.assert_finds(files | {"src/serve/cli/c.h": good}, "no longer includes store/a.h")

    def test_the_code_map_is_the_law(self):
        rows = {module: f"| `{module}` | is | {', '.join(f'`{name}`' for name in law)} |\n"
                for module, law in modules.MODULES.items()}
        good = "".join(rows.values())
        self.assertEqual(self.findings({"ARCHITECTURE.md": good}), [])
        self.assert_finds({"ARCHITECTURE.md": good.replace(rows["lake"], "")}, "no row of `lake`")
        self.assert_finds({"ARCHITECTURE.md": good.replace(rows["lake"], "| `lake` | is | `store` |\n")},
                          "`lake` may include `store`, `engine`")
        self.assert_finds({"ARCHITECTURE.md": good + "| `magic` | is | |\n"}, "there is no module `magic`")

    def test_the_table_of_errors_is_used_and_documented(self):
        good = {
            "src/foundation/base/CMakeLists.txt": "apportion_module(base SOURCES a.cpp)\n",
            "src/foundation/base/a.cpp": "auto id = ErrorId::kNoHome;\n",
            "src/foundation/base/error_ids.def":
                'APPORTION_ERROR(kNoHome, "no-home", kNotFound,\n                "There is no home")\n',
            "docs/errors.md": "| `no-home` | not_found | There is no home |\n",
        }
        self.assertEqual(self.findings(good), [])
        self.assert_finds(good | {"src/foundation/base/a.cpp": "\n"}, "no source makes kNoHome")
        self.assert_finds(good | {"docs/errors.md": ""}, "lacks the row | `no-home`")
        self.assert_finds(good | {"docs/errors.md": good["docs/errors.md"] + "| `gone` | busy | x |\n"},
                          "there is no error gone")
        self.assert_finds(good | {"docs/troubleshooting.md": "| no home | `no-home`, `no-house` | make one |\n"},
                          "docs/troubleshooting.md:1:", "there is no error no-house")

    ISOLATED = {
        "src/query/CMakeLists.txt": "apportion_module(query SOURCES a.cpp TESTS isolation_test.cpp)\n",
        "src/query/a.cpp": "",
        "src/query/isolation_test.cpp": '{"costs", true, [] {}},\n{"View::open",\n false, ask},\n'
                                        '{"changes", true, x},\n',
        "src/query/a.h": HEADER + "struct Request {\n  ReadScope scope;\n};\nint costs(LakeReader& reader, const "
                                  "ReadScope& scope);\nint changes(Lake lake, const Request& request);\nclass View {\n "
                                  "public:\n  static View open(const ControlPlane& plane, ReadScope scope);\n  int "
                                  "rows();\n private:\n  explicit View(Workbench& bench);\n};\nint sum(int a);\n",
    }

    def test_each_query_takes_a_scope_and_is_asked_as_a_customer(self):
        self.assertEqual(self.findings(self.ISOLATED), [])
        header, test = self.ISOLATED["src/query/a.h"], self.ISOLATED["src/query/isolation_test.cpp"]
        for query in ("int all(LakeReader& reader);", "int all(QueryEngine& engine, const CustomerId& id);",
                      "Result<std::vector<int>> all(\n    const ControlPlane& plane, std::function<int(int)> visit);",
                      "inline int all(Workbench& bench) { return 1; }"):
            with self.subTest(query):
                self.assert_finds(self.ISOLATED | {"src/query/a.h": header + query + "\n"}, "a.h:16:",
                                  "all reads the lake or the store for anybody")
        self.assert_finds(self.ISOLATED | {"src/query/b.h": HEADER + "int more(Lake l, ReadScope s);\n"}, "b.h:3:",
                          "more is not in the table")
        self.assert_finds(self.ISOLATED | {"src/query/a.h": header.replace("static View open", "static View make")},
                          "View::make is not in the table", count=2)
        self.assert_finds(self.ISOLATED | {"src/query/isolation_test.cpp": test + '{"gone", true, ask},\n'},
                          "gone is no query")

    def test_answers_name_files_that_exist(self):
        answers = "## Where do I change …?\n| a rule | `src/pipeline/split/s.cpp` |\n"
        self.assertEqual(self.findings({"CONTRIBUTING.md": answers}), [])
        self.assert_finds({"CONTRIBUTING.md": answers + "| a probe | `src/probes.cpp` |\n"},
                          "there is no src/probes.cpp")

    def test_the_app_sees_everything(self):
        self.assertEqual(modules.visible_to("app"), set(modules.MODULES))

    def test_an_include_of_nothing(self):
        self.assert_finds({"src/app/a.h": HEADER + '#include "a.h"\n'}, "no file src/a.h")

    def test_a_folder_outside_the_table(self):
        self.assert_finds({"src/magic/a.h": HEADER}, "src/magic/a.h:1:", "no module")

    def test_a_module_that_is_gone(self):
        self.assert_finds({"src/sample/CMakeLists.txt": None}, "src/sample:1: there is no such folder")

    def test_floats_near_money(self):
        for code in ("double x;", "long double x;", "float f();", "auto x = strtod(a, b);", "auto x = std::stod(a);"):
            with self.subTest(code):
                self.assert_finds({"src/foundation/money/x.h": HEADER + code + "\n"}, "x.h:3:", "not for money")

    def test_a_digit_separator_hides_nothing(self):
        self.assert_finds({"src/pipeline/fetch/x.h": HEADER + "int a = 1'000; double b = 1'0;\n"}, "'double'")

    def test_floats_elsewhere_are_free(self):
        self.assertEqual(self.findings({"src/serve/cli/progress.h": HEADER + "double share;\n"}), [])

    def test_an_allowance_for_floats_is_used_until_it_is_stale(self):
        name = "src/foundation/money/x.h"
        with mock.patch.dict(numbers_of_money.FLOATS_ALLOWED, {name: "for this test"}):
            self.assertEqual(self.findings({name: HEADER + "double x;\n"}), [])
            self.assert_finds({name: HEADER}, "needs no allowance")

    def test_sql_that_divides_rounds_or_floats(self):
        for query in ("SELECT a / b", "SELECT a // b", "SELECT avg (a)", "SELECT Round(a, 2)",
                      "SELECT CAST(a AS DOUBLE)", "SELECT median(a)", "SELECT round_even(a, 2)",
                      "SELECT CAST(a AS REAL)"):
            with self.subTest(query):
                changes = {"src/pipeline/split/queries/sums.sql": query + "\n"}
                self.assert_finds(changes, "sums.sql:1:", "not for money")

    NOT_PORTABLE = {
        "another statement than SELECT": ("WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a",),
        "COPY": ("SELECT * FROM (COPY a TO b)",),
        "a temporary relation": ("SELECT 1 FROM TEMP.a",),
        "a file function": ("SELECT * FROM read_parquet('a')", "SELECT * FROM parquet_scan('a')"),
        "GROUP BY ALL": ("SELECT a, sum(b) FROM c GROUP BY ALL", "SELECT a, sum(b) FROM c GROUP  BY\nALL"),
        "ORDER BY ALL": ("SELECT a FROM b ORDER BY ALL",),
        "EXCLUDE": ("SELECT * EXCLUDE (a) FROM b",),
        "REPLACE": ("SELECT c.* REPLACE (1 AS a) FROM c",),
        "BY NAME": ("SELECT a FROM b UNION ALL BY NAME SELECT a FROM c",),
        "a numbered value": ("SELECT a FROM b WHERE c = $1",),
        "a :: cast": ("SELECT a::BIGINT FROM b",),
        "contains()": ("SELECT a FROM b WHERE contains(a, 'x')",),
        "FILTER without WHERE": ("SELECT count(*) FILTER (a > 1) FROM b", "SELECT count(*) FILTER(a) FROM b"),
        "OVER () without order": ("SELECT row_number() OVER () FROM b",),
        "a JSON function": ("SELECT json_valid(a) FROM b", "SELECT json(a) FROM b", "SELECT a ->> 'x' FROM b"),
        "hash()": ("SELECT hash(a, b) FROM c",),
        "a list or struct": ("SELECT a[1] FROM b", "SELECT list_sum(a) FROM b", "SELECT string_split(a, 'x') FROM b"),
        "a type of one engine": ("SELECT CAST(a AS HUGEINT) FROM b",),
        "a clause of one engine": ("SELECT a FROM b JOIN c USING (a)", "SELECT a FROM b WHERE a ILIKE 'x'"),
        "rtrim() of letters": ("SELECT rtrim(a, 'x') FROM b",),
    }

    def sql_findings(self, name: str, text: str) -> list[str]:
        """What the rule on SQL alone finds in a file."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, name)
            path.parent.mkdir(parents=True)
            path.write_text(text, encoding="utf-8")
            return [str(finding) for finding in portable_sql.check(Tree(Path(folder)))]

    def test_sql_of_one_engine(self):
        self.assertEqual(set(self.NOT_PORTABLE), set(portable_sql.CONSTRUCTS))
        for name, queries in self.NOT_PORTABLE.items():
            for query in queries:
                literal = query.replace("\n", "\\n")
                for file, text, line in (("a.sql", f"-- ok\n{query}\n", 2), ("a.cpp", f'\nauto a = "{literal}";\n', 2),
                                         ("a.h", f'auto a = R"({query})";\n', 1)):
                    with self.subTest(query, file=file):
                        found = self.sql_findings(f"src/query/{file}", text)
                        self.assertEqual(len(found), 1, found)
                        self.assertRegex(found[0], rf"src/query/{file}:\d: {re.escape(name)} is not portable SQL")
                        if "\n" not in query:
                            self.assertIn(f":{line}:", found[0])

    def test_portable_sql(self):
        query = ("-- contains(a) GROUP BY ALL\nWITH a AS (SELECT ? AS x, replace(b, '$1', '::') AS \"[y]\" FROM c)\n"
                 "SELECT count(*) FILTER (WHERE x > 1), CAST(y AS BIGINT) FROM a GROUP BY 1, 2 ORDER BY 1\n")
        self.assertEqual(self.sql_findings("src/query/a.sql", query), [])
        talk = 'auto a = "a copy of contains () has $1 for all: a::b [1]";\n// GROUP BY ALL, hash(x)\n'
        self.assertEqual(self.sql_findings("src/query/a.cpp", talk), [])
        for name in ("src/engine/duckdb/x.cpp", "src/sample/x.cpp", "src/store/x.cpp", "src/query/x_test.cpp"):
            self.assertEqual(self.sql_findings(name, 'auto a = "SELECT a::INTEGER FROM b";\n'), [])

    def test_sql_that_is_not_one_question(self):
        for query in ("DELETE FROM a", "SELECT 1; SELECT 2", "SELECT 1;", "FROM a", "-- SELECT"):
            with self.subTest(query):
                self.assertIn("a.sql:1: is not one SELECT", " ".join(self.sql_findings("src/query/a.sql", query)))

    def test_statements_in_the_dialect_of_the_engine(self):
        for call in ("engine.execute(x);", "engine_->execute_counting(x);"):
            self.assertIn("own dialect", " ".join(self.sql_findings("src/query/a.cpp", call)))
            self.assertEqual(self.sql_findings("src/query/a_test.cpp", call), [])

    def test_an_allowance_for_sql_is_used_until_it_is_stale(self):
        with mock.patch.dict(portable_sql.ALLOWED, {("src/query/a.sql", "GROUP BY ALL"): "for this test"}):
            self.assertEqual(self.sql_findings("src/query/a.sql", "SELECT a FROM b GROUP BY ALL\n"), [])
            self.assertIn("has no GROUP BY ALL any more", " ".join(self.sql_findings("src/query/a.sql", "SELECT 1")))

    def advice_findings(self, name: str, text: str) -> list[str]:
        """What the rule on advice alone finds in a file."""
        with tempfile.TemporaryDirectory() as folder, mock.patch.dict(advice.ALLOWED, {"src/lake/az.cpp": "for this"}):
            path = Path(folder, name)
            path.parent.mkdir(parents=True)
            path.write_text(text, encoding="utf-8")
            return [str(finding) for finding in advice.check(Tree(Path(folder)))]

    def test_texts_that_say_what_to_type(self):
        for text in ('"see `apportion months late`"', '"apportion sync --month M"', '"use `exports backfill`"',
                     '"run `sync` again"', '"name it with "\n    "--home"', 'R"(or --home)"'):
            with self.subTest(text):
                found = self.advice_findings("src/lake/x.cpp", f"// apportion sync\nauto a = {text};\n")
                self.assertEqual(len(found), 1, found)
                self.assertIn("src/lake/x.cpp:2: says what to type", found[0])
        self.assertIn("(--home)", self.advice_findings("src/lake/x.cpp", '"az login --tenant T; then --home"')[0])

    def test_errors_of_the_command_line_below_it(self):
        code = "// ErrorId::kCommandMissing\nreturn Error{ErrorId::kCommandLineWrong};\n"
        found = self.advice_findings("src/lake/x.cpp", code)
        self.assertEqual(len(found), 1, found)
        self.assertIn("src/lake/x.cpp:2: ErrorId::kCommandLineWrong is for the command line alone", found[0])
        self.assertEqual(self.advice_findings("src/serve/cli/x.cpp", code), [])

    def test_texts_that_do_not_say_what_to_type(self):
        for text in ('"another apportion process runs"', '"az login "\n"--tenant T"', '"a -- b"', '"the `import` key"',
                     '"apportion", sync'):
            with self.subTest(text):
                self.assertEqual(self.advice_findings("src/lake/x.cpp", f"auto a = {text};\n"), [])
        for name in ("src/serve/cli/x.cpp", "src/lake/x_test.cpp", "src/lake/az.cpp"):
            self.assertEqual(self.advice_findings(name, 'auto a = "apportion sync";\n'), [])
        self.assertIn("needs no allowance", self.advice_findings("src/lake/az.cpp", 'auto a = "a";\n')[0])

    def test_duckdb_outside_its_folder(self):
        for include in ("<duckdb.h>", "<duckdb.hpp>", "<other/duckdb.h>"):
            with self.subTest(include):
                self.assert_finds({"src/lake/x.h": HEADER + f"#include {include}\n"}, "x.h:3:", "includes DuckDB")
        for folder in ("engine/duckdb", "sample"):
            self.assertEqual(self.findings({f"src/{folder}/x.h": HEADER + "#include <duckdb.h>\n"}), [])

    def test_lines(self):
        for line, message in (("// " + "x" * 118, "121 columns"), ("//\tx", "a tab"), ("// x ", "blanks at the end"),
                              ("// TO" "DO: x", "do it"), ("// FIX" "ME", "do it"), ("// XX" "X", "do it")):
            with self.subTest(message):
                self.assert_finds({"src/app/a.h": HEADER + line + "\n"}, "src/app/a.h:3:", message)
        self.assertEqual(self.findings({"src/app/a.h": HEADER + "// " + "ä" * 117 + "\n"}), [])

    def test_no_newline_at_the_end(self):
        self.assert_finds({"src/app/a.h": HEADER + "// x"}, "src/app/a.h:3:", "no newline")

    def test_headers(self):
        self.assert_finds({"src/app/a.h": "\n" + HEADER}, "begins with a ///")
        self.assert_finds({"src/app/a.h": "/// A thing.\n"}, "no #pragma once")

    def test_phrases_that_read_as_translated(self):
        for line in ("`x` is no month", "split them anew", "nothing was taken in yet", "one a line", "a row a charge",
                     "where the exports lie in storage", "the tenant is nobody's", "what changed of late",
                     "the how manieth", "out of force for good", "as in: --in USD", "the smallest coin",
                     "only for who asks", "a row tells of a commitment"):
            with self.subTest(line):
                self.assert_finds({"docs/README.md": line + "\n"}, "docs/README.md:1:", "write `")
        for path in ("src/serve/cli/a.py", "src/lake/a.h"):
            self.assert_finds({path: HEADER + "/// `x` is no month\n"}, f"{path}:3:", "`is not a …`")
        for path, line in (("docs/README.md", "there is no month, and it is no longer open"),
                           ("docs/errors.md", "`x` is no month"), ("src/lake/CMakeLists.txt", "# `x` is no month")):
            with self.subTest(line):
                self.assertEqual(self.findings({path: line + "\n"}), [])

    def test_a_source_that_is_not_built(self):
        self.assert_finds({"src/foundation/money/on.cpp": ""}, "on.cpp:1: in no CMakeLists.txt")
        self.assert_finds({"src/pipeline/split/queries/s.sql": "SELECT 1\n"}, "s.sql:1: in no CMakeLists.txt")
        self.assert_finds({"fuzz/y.cpp": ""}, "fuzz/y.cpp:1: in no CMakeLists.txt")

    def test_a_link_to_nothing(self):
        self.assert_finds({"docs/a.md": "\nSee [b](b.md#part) and [c](../LICENSE).\n"}, "docs/a.md:2:", "b.md")
        self.assertEqual(self.findings({"docs/a.md": "```\n[b](b.md)\n```\n"}), [])

    def test_a_link_to_a_heading_that_is_not_there(self):
        page = "# Who pays?\n## `rules`: *what*, when\n```\n# no heading\n```\n"
        good = {"docs/a.md": "[x](b.md#who-pays) [y](b.md#rules-what-when)\n", "docs/b.md": page}
        self.assertEqual(self.findings(good), [])
        self.assert_finds(good | {"docs/a.md": "[x](b.md#who-paid)\n"}, "docs/a.md:1:", "no such heading")
        self.assert_finds(good | {"docs/b.md": page + "[z](#no-heading)\n", "docs/a.md": ""}, "docs/b.md:6:")

    def test_the_index_leads_to_every_page(self):
        good = {"docs/README.md": "[a](a.md)\n", "docs/a.md": "", "docs/adr/0001-x.md": ""}
        self.assertEqual(self.findings(good), [])
        self.assert_finds(good | {"docs/b.md": ""}, "docs/README.md:1:", "no line leads to b.md")

    def test_the_reference_of_the_api_is_old(self):
        described = {"docs/api/openapi.yaml": "tags: [{name: months, description: Bill months.}]\n"
                                              "components: {schemas: {Problem: {type: object}}}\n",
                     "docs/api/resources/months.yaml": "paths: {}\n", "src/people/rights.cpp": "",
                     "src/people/CMakeLists.txt": "rights.cpp\n"}
        page = made_pages.PAGE.as_posix()
        self.assert_finds({**described, page: "# Old calls\n"}, page, "run tools/api_reference.py")


if __name__ == "__main__":
    unittest.main()
