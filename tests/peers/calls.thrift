// The service of tests/rpc: what methods may return and throw.

struct CallItem {
  1: i64 id
  2: string name
  3: list<i32> counts
}

exception CallRefused {
  1: string reason
  2: i32 code
}

exception CallLost {
  1: string where
}

service CallBase {
  i32 add(1: i32 a, 2: i32 b)
}

service CallOther {
  void ping()
}

service CallService extends CallBase {
  void ping()
  CallItem find(1: i64 id, 2: string name) throws (1: CallRefused refused, 2: CallLost lost)
  list<CallItem> all(1: CallItem like)
  bool has(1: i64 id) throws (20: CallRefused refused)
  string name_of(1: CallItem item)
  void put(1: CallItem item) throws (1: CallRefused refused)
  oneway void note(1: string text)
  CallItem watch(1: CallItem like) (streaming.mode = "server")
}
