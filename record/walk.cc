// A walk over all parts of a value, depth first.
// Entry: walk. Invariant: each level takes one frame of the stack, and the caller limits the number
// of levels.
#include <wirejit/record_visit.h>

#include <string>

namespace wirejit {

void RecordVisitor::scalar(const Value& /*value*/) {}
bool RecordVisitor::enter_record(const RecordView& /*record*/) { return true; }
void RecordVisitor::leave_record(const RecordView& /*record*/) {}
bool RecordVisitor::enter_field(const Field& /*field*/, const Value& /*value*/) { return true; }
void RecordVisitor::leave_field(const Field& /*field*/, const Value& /*value*/) {}
bool RecordVisitor::enter_list(const ListView<>& /*list*/) { return true; }
void RecordVisitor::leave_list(const ListView<>& /*list*/) {}
bool RecordVisitor::enter_element(std::size_t /*index*/, const Value& /*value*/) { return true; }
void RecordVisitor::leave_element(std::size_t /*index*/, const Value& /*value*/) {}
bool RecordVisitor::enter_map(const MapView<>& /*map*/) { return true; }
void RecordVisitor::leave_map(const MapView<>& /*map*/) {}
bool RecordVisitor::enter_entry(std::size_t /*index*/, const Value& /*key*/,
                                const Value& /*value*/) {
  return true;
}
void RecordVisitor::leave_entry(std::size_t /*index*/, const Value& /*key*/,
                                const Value& /*value*/) {}

namespace {

// All functions return false as soon as a value is nested too deep. `left`: the levels that remain.
class Walk {
 public:
  explicit Walk(RecordVisitor& visitor) : visitor_(visitor) {}

  bool value(const Value& v, int left) {
    if (!v) {
      return true;
    }
    if (left <= 0) {
      return false;
    }
    switch (v.kind()) {
      case Kind::structure:
        return record(detail::load<RecordView>(v.type(), v.layout(), v.data()), left);
      case Kind::list:
      case Kind::set: return list(detail::load<ListView<>>(v.type(), v.layout(), v.data()), left);
      case Kind::map: return map(detail::load<MapView<>>(v.type(), v.layout(), v.data()), left);
      default: visitor_.scalar(v); return true;
    }
  }

  bool record(const RecordView& r, int left) {
    if (left <= 0) {
      return false;
    }
    if (!visitor_.enter_record(r)) {
      return true;
    }
    for (const auto [field, v] : r.fields()) {
      if (visitor_.enter_field(*field, v)) {
        if (!value(v, left - 1)) {
          return false;
        }
        visitor_.leave_field(*field, v);
      }
    }
    visitor_.leave_record(r);
    return true;
  }

 private:
  bool list(const ListView<>& l, int left) {
    if (!visitor_.enter_list(l)) {
      return true;
    }
    for (std::size_t i = 0; i < l.size(); ++i) {
      const Value v = l[i];
      if (visitor_.enter_element(i, v)) {
        if (!value(v, left - 1)) {
          return false;
        }
        visitor_.leave_element(i, v);
      }
    }
    visitor_.leave_list(l);
    return true;
  }

  bool map(const MapView<>& m, int left) {
    if (!visitor_.enter_map(m)) {
      return true;
    }
    for (std::size_t i = 0; i < m.size(); ++i) {
      const auto [key, mapped] = m[i];
      if (visitor_.enter_entry(i, key, mapped)) {
        if (!value(key, left - 1) || !value(mapped, left - 1)) {
          return false;
        }
        visitor_.leave_entry(i, key, mapped);
      }
    }
    visitor_.leave_map(m);
    return true;
  }

  RecordVisitor& visitor_;
};

Result<void> result_of(bool walked, int max_depth) {
  if (!walked) {
    return std::unexpected(
        Error(Errc::depth_limit,
              "the value is nested deeper than the limit of " + std::to_string(max_depth)));
  }
  return {};
}

}  // namespace

Result<void> walk(const Value& value, RecordVisitor& visitor, int max_depth) {
  return result_of(Walk(visitor).value(value, max_depth), max_depth);
}

Result<void> walk(const RecordView& record, RecordVisitor& visitor, int max_depth) {
  return result_of(!record || Walk(visitor).record(record, max_depth), max_depth);
}

}  // namespace wirejit
