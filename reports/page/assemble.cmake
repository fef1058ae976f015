# SPDX-License-Identifier: Apache-2.0 OR MIT
# Reads page.html, puts what its marks name in their place, and writes it as a C++ string.
file(READ ${FOLDER}/page.html page)
file(READ ${FOLDER}/page.css style)
file(READ ${LIBRARY} library)
# A browser would look for this file beside the page.
string(REGEX REPLACE "//# sourceMappingURL=[^\n]*" "" library "${library}")
set(scripts "")
foreach(name IN ITEMS dom table plots findings measured page)
  file(READ ${FOLDER}/${name}.js script)
  string(APPEND scripts "${script}")
endforeach()
foreach(part IN ITEMS style library scripts)
  string(TOUPPER ${part} mark)
  string(REPLACE "@${mark}@" "${${part}}" page "${page}")
endforeach()

set(source "// Made by reports/page/assemble.cmake.\n#include \"reports/page_template.h\"\n\n")
string(APPEND source "const std::string_view vtd::reports::kPageTemplate = R\"page~(${page})page~\";\n")
file(WRITE ${OUTPUT} "${source}")
