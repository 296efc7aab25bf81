namespace go example.ab

typedef string UserId

enum Kind { list = 1, map = 2, set }

struct Request {
  1: required UserId id (api.path = "id", go.tag = "json:\"user_id\" query:\"q\"")
  2: UserId (api.query = "other") other
  string name (api.header = 'X-Name')
  10: optional list<string> self (vt.min_size = "1")
  i32 after
  0755: i64 octal = 0o17
  -1: i32 negative
  30: string pattern = "^\d+\.\w$" (go.tag = 'json:"a\u0041"')
}

const string LINES = "one
two"
const i32 FORWARD = LATER (note = "x")
const i32 LATER = 010, (note = "y")

struct Response { 1: Kind kind = Kind.set; 2: Request echo }

service Front extends Later {
  Response call(Request req, 5: i32 a, i32 b) throws (Failure f) (api.get = "/v1/:id")
  i32 map(1: i32 namespace)
}
service Later { void ping() }
exception Failure { 1: string why }
