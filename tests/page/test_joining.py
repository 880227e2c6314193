import pytest

from recognition.page.joining import join_modules


def joined(folder, **modules):
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8")
    return join_modules("page.js", [folder])


def test_what_is_exported_lives_on_and_what_is_not_stays_private(browser, tmp_path):
    counter = "export let count = 0;\nconst step = 2;\nexport function add() {\n  count += step;\n}\n"
    main = 'import { add, count } from "./counter.js";\nconst step = 5;\nadd();\nadd();\nwindow.seen = [count, step];\n'
    script = joined(tmp_path, counter=counter, page=main)
    page = browser.new_page()
    page.evaluate(script)
    assert page.evaluate("window.seen") == [4, 5]
    page.close()


def test_a_module_in_the_first_folder_stands_in_for_the_other(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, text in ((first, "own"), (second, "other")):
        folder.mkdir()
        (folder / "page.js").write_text(f'say("{text}");\n', encoding="utf-8")
    assert '"own"' in join_modules("page.js", [first, second])
    assert '"other"' not in join_modules("page.js", [first, second])


@pytest.mark.parametrize(
    "line",
    [
        "export default 5;",
        'import * as all from "./other.js";',
        'import { a as b } from "./other.js";',
        'export { a } from "./other.js";',
    ],
)
def test_what_cannot_be_joined_is_an_error(tmp_path, line):
    with pytest.raises(ValueError, match="cannot be joined"):
        joined(tmp_path, page=f"{line}\n", other="export const a = 1;\n")


def test_two_modules_that_export_the_same_name_are_an_error(tmp_path):
    imports = 'import { a } from "./one.js";\nimport { a } from "./two.js";\n'
    with pytest.raises(ValueError, match="more than one module: a"):
        joined(tmp_path, page=imports, one="export const a = 1;\n", two="export const a = 2;\n")
