// Parsing of one IDL file. Entry: parse_idl. Invariant: time and memory are linear in the text, and
// IdlLimits::nesting bounds the stack; after an error parsing continues at the next field or
// declaration.
#pragma once

#include "thrift/idl_ast.h"
#include "thrift/idl_report.h"

namespace wirejit::thrift {

// Errors go to the reporter; the tree holds what was parsed. `declarations` is the rest of
// IdlLimits::declarations, which all files of a load share.
[[nodiscard]] Ast parse_idl(const SourceFile& file, const IdlOptions& options,
                            std::size_t& declarations, Reporter& reporter);

// True for the words of IdlOptions::reserved_words.
[[nodiscard]] bool is_reserved_word(std::string_view word) noexcept;

}  // namespace wirejit::thrift
