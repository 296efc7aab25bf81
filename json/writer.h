// JSON text as a Writer. Entry: TextWriter. Invariant: every byte is covered by a reservation; a
// member or element is followed by a comma, and the bracket that closes takes the place of the last
// one, so that no state is kept.
#pragma once

#include <wirejit/json.h>

#include "jit/format.h"
#include "json/dialect.h"
#include "json/print.h"

#include <string>
#include <string_view>
#include <vector>

namespace wirejit::json {

class TextWriter : public jit::Writer {
 public:
  TextWriter(const Dialect& options, const jit::CompileOptions& compile)
      : options_(options), validate_(compile.validate_utf8) {}

  [[nodiscard]] jit::Needs needs() const override {
    return {.unique_fields = true, .unique_keys = true};
  }

  void begin(jit::Lowering& l, const jit::Node& root) const override;
  void end(jit::Lowering& l, const jit::Node& root) const override;
  void scalar(jit::Lowering& l, const jit::Node& n) const override;
  void bytes(jit::Lowering& l, const jit::Node& n, jit::BytesAt) const override;
  jit::Scope open_struct(jit::Lowering& l, const jit::Node& n, bool called) const override;
  void close_struct(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope) const override;
  [[nodiscard]] bool takes_unknown(const StructType& type, jit::Place inner,
                                   std::uint64_t tag) const override;
  void unknown(jit::Lowering& l, const StructType& type, jit::Place inner, std::uint64_t tag,
               const std::vector<bool>& written) const override;
  jit::Scope open_list(jit::Lowering& l, const jit::Node& n,
                       const jit::Count& count) const override;
  void close_list(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                  const jit::Count& count) const override;
  jit::Scope open_map(jit::Lowering& l, const jit::Node& n, const jit::Count& count) const override;
  void begin_key(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                 const jit::Count& count) const override;
  void end_entry(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                 const jit::Count& count) const override;
  void close_map(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                 const jit::Count& count) const override;

 protected:
  [[nodiscard]] const Dialect& options() const { return options_; }
  [[nodiscard]] Tables& tables() const { return tables_; }
  [[nodiscard]] bool pretty() const { return options_.indent != 0; }
  // What stands before a value and behind it.
  [[nodiscard]] std::string head(const jit::Node& n) const;
  [[nodiscard]] std::string tail(const jit::Node& n) const;
  // Whether pretty text begins a new line before the value.
  [[nodiscard]] bool begins_line(const jit::Node& n) const;

  // Emits `head` before a value and reserves `room` bytes for what follows. Temporaries survive in
  // compact text alone.
  void start(jit::Lowering& l, const jit::Node& n, std::string_view head, std::int64_t room) const;
  void line(jit::Lowering& l, std::string_view begin) const;
  void open(jit::Lowering& l, const jit::Node& n, std::string_view bracket) const;
  void close(jit::Lowering& l, const std::string& bracket) const;

 private:
  // Whether a value stands for its struct, with nothing of its own around it.
  [[nodiscard]] bool bare(const jit::Node& n) const { return options_.proto && is_bare(n); }
  void number(jit::Lowering& l, const jit::Node& n, jit::Slot value) const;

  Dialect options_;
  bool validate_;
  mutable Tables tables_;  // one writer serves one compilation
};

}  // namespace wirejit::json
