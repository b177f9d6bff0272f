"""Reads a report of `eni-routes report` as a strict XML parser does, and prints what a person sees first, a line each:
the verdict, the findings, what is in order, the words of the pictures, and how much is in red. Must not judge it."""
import sys
import xml.etree.ElementTree as etree

RED = "#cf222e"
page = etree.parse(sys.argv[1]).getroot()
for element in page.iter():
    element.tag = element.tag.split("}")[-1]


def text_of(element):
    return " ".join(" ".join(element.itertext()).split())


def classes_of(element):
    return (element.get("class") or "").split()


print("verdict:", classes_of(page.find(".//h1"))[0], text_of(page.find(".//h1")))
print("more:", text_of(page.find(".//header/p")))
for finding in page.iter("article"):
    print("finding:", text_of(finding.find("h3")), "|", "; ".join(text_of(part) for part in finding[1:]))
heading = ""
for element in page.find("body"):
    if element.tag == "h2":
        heading = text_of(element)
    if element.tag == "details":
        print(f"{heading.lower()}: {text_of(element.find('summary'))}")
        assert element.get("open") is None, "it is not folded"
pictures = list(page.iter("svg"))
assert len(pictures) == 2, len(pictures)
for picture in pictures:
    print("picture:", " ".join(text_of(text) for text in picture.iter("text")))
    assert len(list(picture.iter("rect"))) > 5
body = list(page.find("body").iter())
print("red:", sum(bool({"broken", "lost"} & set(classes_of(element))) or element.get("stroke") == RED for element in body))
