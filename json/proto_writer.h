// ProtoJSON as a Writer. Entry: ProtoWriter. Invariant: what stands around a value (key, comma,
// line) is written by whoever opens and closes it, so that the routine of a struct with a Semantic
// serves all places; its fields may come in any order, and absent ones count as zero.
#pragma once

#include "json/any.h"
#include "json/writer.h"

#include <deque>
#include <map>
#include <optional>
#include <utility>

namespace wirejit::json {

class ProtoWriter final : public TextWriter {
 public:
  // `payload`: how Anys are written; none if the payload's format is not known.
  ProtoWriter(const Dialect& dialect, const jit::CompileOptions& compile,
              std::optional<jit::Way> payload);

  [[nodiscard]] jit::Needs needs() const override;
  void begin(jit::Lowering& l, const jit::Node& root) const override;
  void end(jit::Lowering& l, const jit::Node& root) const override;
  void scalar(jit::Lowering& l, const jit::Node& n) const override;
  void bytes(jit::Lowering& l, const jit::Node& n, jit::BytesAt at) const override;
  jit::Scope open_struct(jit::Lowering& l, const jit::Node& n, bool called) const override;
  void begin_fields(jit::Lowering& l, const StructType& type, jit::Place inner) const override;
  void end_fields(jit::Lowering& l, const StructType& type, jit::Place inner) const override;
  void close_struct(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope) const override;
  [[nodiscard]] bool needs_absent(const StructType& type, jit::Place inner,
                                  int index) const override;
  void absent(jit::Lowering& l, const StructType& type, jit::Place inner, int index,
              const jit::AbsentIsZero& is_zero) const override;
  jit::Scope open_list(jit::Lowering& l, const jit::Node& n,
                       const jit::Count& count) const override;
  void close_list(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                  const jit::Count& count) const override;
  jit::Scope open_map(jit::Lowering& l, const jit::Node& n, const jit::Count& count) const override;
  void close_map(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                 const jit::Count& count) const override;

 private:
  [[nodiscard]] bool omits_zero(const jit::Node& n) const;
  void put(jit::Lowering& l, std::string_view bytes) const;
  void null_value(jit::Lowering& l, const jit::Node& n) const;
  // The member of a oneof that n is has come: a second one is an error.
  void arrive(jit::Lowering& l, const jit::Node& n) const;
  jit::Scope mark(jit::Lowering& l) const;
  void close_unless_empty(jit::Lowering& l, const jit::Scope& scope, const jit::Count& count,
                          const std::function<void()>& close) const;
  const AnyCodec* any_codec(jit::Lowering& l) const;

  std::shared_ptr<const jit::Way> payload_;
  // Slots of the structs whose fields are being emitted, from begin_fields to end_fields. Seconds
  // and nanos; an Any's parts; else the oneofs of which a member came.
  jit::Slot& state_of(const StructType& type, const jit::Place& inner) const {
    return state_[{&type, inner.what}];
  }
  mutable std::map<std::pair<const StructType*, const void*>, jit::Slot> state_;
  mutable std::deque<char> insides_;  // each one's address is the inside of an inlined struct
};

}  // namespace wirejit::json
