// JSON text as a Writer. Entry: TextWriter. Invariant: room is reserved for every byte before it is
// written. Every member and element is followed by a comma; the closing bracket overwrites the last
// comma, so that the writer needs no state.
#pragma once

#include "json/dialect.h"
#include "json/print.h"
#include "lower/writer.h"

#include <wirejit/json.h>

#include <string>
#include <string_view>
#include <vector>

namespace wirejit::json {

class TextWriter : public lower::Writer, private lower::UnknownWriter {
 public:
  TextWriter(const Dialect& options, const lower::CompileOptions& compile)
      : options_(options), validate_(compile.validate_utf8) {}

  [[nodiscard]] lower::Needs needs() const override {
    return {.unique_fields = true, .unique_keys = true};
  }

  [[nodiscard]] const lower::UnknownWriter* unknown_fields() const override { return this; }

  void begin(lower::Lowering& l, const lower::Node& root) const override;
  void end(lower::Lowering& l, const lower::Node& root) const override;
  void scalar(lower::Lowering& l, const lower::Node& n) const override;
  void bytes(lower::Lowering& l, const lower::Node& n, lower::BytesAt) const override;
  lower::Scope open_struct(lower::Lowering& l, const lower::Node& n, bool called) const override;
  void close_struct(lower::Lowering& l, const lower::Node& n,
                    const lower::Scope& scope) const override;
  lower::Scope open_list(lower::Lowering& l, const lower::Node& n,
                         const lower::Count& count) const override;
  void close_list(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                  const lower::Count& count) const override;
  lower::Scope open_map(lower::Lowering& l, const lower::Node& n,
                        const lower::Count& count) const override;
  void begin_key(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                 const lower::Count& count) const override;
  void end_entry(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                 const lower::Count& count) const override;
  void close_map(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                 const lower::Count& count) const override;

 protected:
  [[nodiscard]] const Dialect& options() const { return options_; }
  [[nodiscard]] bool pretty() const { return options_.indent != 0; }
  // The text before a value and the text after it.
  [[nodiscard]] std::string head(const lower::Node& n) const;
  [[nodiscard]] std::string tail(const lower::Node& n) const;
  // Whether pretty text begins a new line before the value.
  [[nodiscard]] bool begins_line(const lower::Node& n) const;

  // Emits `head` before a value and reserves `room` bytes for what follows. In pretty text this
  // calls a helper, so that temporary registers lose their values.
  void start(lower::Lowering& l, const lower::Node& n, std::string_view head,
             std::int64_t room) const;
  void line(lower::Lowering& l, std::string_view begin) const;
  void open(lower::Lowering& l, const lower::Node& n, std::string_view bracket) const;
  void close(lower::Lowering& l, const std::string& bracket) const;

 private:
  [[nodiscard]] bool takes_unknown(const StructType& type, const lower::StructScope& inner,
                                   std::uint64_t tag) const override;
  void unknown(lower::Lowering& l, const StructType& type, const lower::StructScope& inner,
               std::uint64_t tag, const std::vector<bool>& written) const override;
  // Whether a value is the JSON representation of its struct, without key and comma of its own.
  [[nodiscard]] bool bare(const lower::Node& n) const { return options_.proto && is_bare(n); }
  void number(lower::Lowering& l, const lower::Node& n, jit::Slot value) const;

  Dialect options_;
  bool validate_;
};

}  // namespace wirejit::json
