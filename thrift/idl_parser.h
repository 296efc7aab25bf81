// Parsing of one IDL file.
// Entry: parse_idl. Invariant: time and memory linear in the text, stack bounded by
// IdlLimits::nesting; after an error parsing goes on at the next field or declaration.
#pragma once

#include "thrift/idl_ast.h"
#include "thrift/idl_report.h"

namespace wirejit::thrift {

// Errors go to the reporter; the tree holds what could be understood. `declarations` is what
// remains of IdlLimits::declarations, over all files of a load.
[[nodiscard]] Ast parse_idl(const SourceFile& file, const IdlOptions& options,
                            std::size_t& declarations, Reporter& reporter);

// True for the words of IdlOptions::reserved_words.
[[nodiscard]] bool is_reserved_word(std::string_view word) noexcept;

}  // namespace wirejit::thrift
