// The words that Apache's compiler (version 0.17) rejects as names, because some target language
// reserves them. Entry: is_reserved_word. Invariant: the table is sorted.
#include "thrift/idl_parser.h"

#include <algorithm>

namespace wirejit::thrift {
namespace {

constexpr std::string_view reserved[] = {
    "BEGIN",        "END",        "__CLASS__",     "__DIR__",   "__FILE__",   "__FUNCTION__",
    "__LINE__",     "__METHOD__", "__NAMESPACE__", "abstract",  "alias",      "and",
    "args",         "as",         "assert",        "begin",     "break",      "case",
    "catch",        "class",      "clone",         "continue",  "declare",    "def",
    "default",      "del",        "delete",        "do",        "dynamic",    "elif",
    "else",         "elseif",     "elsif",         "end",       "enddeclare", "endfor",
    "endforeach",   "endif",      "endswitch",     "endwhile",  "ensure",     "except",
    "exec",         "finally",    "float",         "for",       "foreach",    "from",
    "function",     "global",     "goto",          "if",        "implements", "import",
    "in",           "inline",     "instanceof",    "interface", "is",         "lambda",
    "module",       "native",     "new",           "next",      "nil",        "not",
    "or",           "package",    "pass",          "print",     "private",    "protected",
    "public",       "raise",      "redo",          "register",  "rescue",     "retry",
    "return",       "self",       "sizeof",        "static",    "super",      "switch",
    "synchronized", "then",       "this",          "throw",     "transient",  "try",
    "undef",        "unless",     "unsigned",      "until",     "use",        "var",
    "virtual",      "volatile",   "when",          "while",     "with",       "xor",
    "yield"};
static_assert(std::ranges::is_sorted(reserved));

}  // namespace

bool is_reserved_word(std::string_view word) noexcept {
  return std::ranges::binary_search(reserved, word);
}

}  // namespace wirejit::thrift
