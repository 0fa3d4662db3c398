;; A contract that does one small thing a method, for tests of the chain.
(module
  (import "env" "input" (func $input (param i64)))
  (import "env" "register_len" (func $register_len (param i64) (result i64)))
  (import "env" "read_register" (func $read_register (param i64 i64)))
  (import "env" "current_account_id" (func $current_account_id (param i64)))
  (import "env" "attached_deposit" (func $attached_deposit (param i64)))
  (import "env" "block_timestamp" (func $block_timestamp (result i64)))
  (import "env" "block_index" (func $block_index (result i64)))
  (import "env" "storage_write" (func $storage_write (param i64 i64 i64 i64 i64) (result i64)))
  (import "env" "storage_read" (func $storage_read (param i64 i64 i64) (result i64)))
  (import "env" "storage_remove" (func $storage_remove (param i64 i64 i64) (result i64)))
  (import "env" "value_return" (func $value_return (param i64 i64)))
  (import "env" "log_utf8" (func $log_utf8 (param i64 i64)))
  (import "env" "panic_utf8" (func $panic_utf8 (param i64 i64)))
  (import "env" "promise_create" (func $promise_create (param i64 i64 i64 i64 i64 i64 i64 i64) (result i64)))
  (import "env" "promise_then" (func $promise_then (param i64 i64 i64 i64 i64 i64 i64 i64 i64) (result i64)))
  (import "env" "promise_and" (func $promise_and (param i64 i64) (result i64)))
  (import "env" "promise_return" (func $promise_return (param i64)))
  (import "env" "promise_results_count" (func $promise_results_count (result i64)))
  (import "env" "promise_result" (func $promise_result (param i64 i64) (result i64)))
  (import "env" "promise_batch_create" (func $promise_batch_create (param i64 i64) (result i64)))
  (import "env" "promise_batch_action_transfer" (func $promise_batch_action_transfer (param i64 i64)))
  (import "env" "promise_batch_action_function_call_weight"
    (func $promise_batch_action_function_call_weight (param i64 i64 i64 i64 i64 i64 i64 i64)))
  (import "env" "promise_batch_action_stake" (func $promise_batch_action_stake (param i64 i64 i64 i64)))
  (import "env" "promise_yield_create" (func $promise_yield_create (param i64 i64 i64 i64 i64 i64 i64) (result i64)))
  (import "env" "promise_yield_resume" (func $promise_yield_resume (param i64 i64 i64 i64) (result i32)))

  (memory (export "memory") 2)
  (data (i32.const 0) "k")
  (data (i32.const 8) "echo")
  (data (i32.const 16) "fail")
  (data (i32.const 24) "callback")
  (data (i32.const 40) "broken on purpose")
  (data (i32.const 64) "hello")
  (data (i32.const 112) "pass_on")
  ;; 72: a balance of zero; 96: the attached deposit; 128: a data id; 256: input; 2048: output; 3072: own account id.

  (func $load (result i64)
    (call $input (i64.const 0))
    (call $read_register (i64.const 0) (i64.const 256))
    (call $register_len (i64.const 0)))

  (func $own (result i64)
    (call $current_account_id (i64.const 1))
    (call $read_register (i64.const 1) (i64.const 3072))
    (call $register_len (i64.const 1)))

  ;; Calls "echo" or "fail" with "hello" on the account that the input names.
  (func $ask (param $method i64) (result i64)
    (call $promise_create (call $load) (i64.const 256) (i64.const 4) (local.get $method)
      (i64.const 5) (i64.const 64) (i64.const 72) (i64.const 20000000000000)))

  (func $then_callback (param $promise i64)
    (call $promise_return
      (call $promise_then (local.get $promise) (call $own) (i64.const 3072) (i64.const 8) (i64.const 24)
        (i64.const 0) (i64.const 0) (i64.const 72) (i64.const 20000000000000))))

  (func (export "set")
    (drop (call $storage_write (i64.const 1) (i64.const 0) (call $load) (i64.const 256) (i64.const 1))))

  (func (export "get")
    (if (i64.eq (call $storage_read (i64.const 1) (i64.const 0) (i64.const 2)) (i64.const 1))
      (then
        (call $read_register (i64.const 2) (i64.const 2048))
        (call $value_return (call $register_len (i64.const 2)) (i64.const 2048)))))

  (func (export "clear")
    (drop (call $storage_remove (i64.const 1) (i64.const 0) (i64.const 1))))

  ;; Stores 50,000 bytes.
  (func (export "hoard")
    (drop (call $storage_write (i64.const 1) (i64.const 0) (i64.const 50000) (i64.const 8192) (i64.const 1))))

  (func (export "echo") (call $value_return (call $load) (i64.const 256)))
  (func (export "log") (call $log_utf8 (call $load) (i64.const 256)))
  (func (export "fail") (call $panic_utf8 (i64.const 17) (i64.const 40)))
  (func (export "spin") (loop $again (br $again)))
  (func (export "trap") unreachable)

  (func (export "set_and_fail")
    (drop (call $storage_write (i64.const 1) (i64.const 0) (call $load) (i64.const 256) (i64.const 1)))
    (call $panic_utf8 (i64.const 17) (i64.const 40)))

  (func (export "time")
    (i64.store (i32.const 2048) (call $block_timestamp))
    (i64.store (i32.const 2056) (call $block_index))
    (call $value_return (i64.const 16) (i64.const 2048)))

  (func (export "ask") (call $then_callback (call $ask (i64.const 8))))
  (func (export "ask_fail") (call $then_callback (call $ask (i64.const 16))))
  ;; Has the account that the input names pass on what this contract's own "echo" returns.
  (func (export "ask_through")
    (local $length i64)
    (local.set $length (call $load))
    (call $then_callback
      (call $promise_create (local.get $length) (i64.const 256) (i64.const 7) (i64.const 112)
        (call $own) (i64.const 3072) (i64.const 72) (i64.const 60000000000000))))

  (func (export "pass_on") (call $promise_return (call $ask (i64.const 8))))
  (func (export "detach") (drop (call $ask (i64.const 16))))

  ;; Gives the account that the input names all gas that is left over.
  (func (export "ask_with_the_rest")
    (local $promise i64)
    (local.set $promise (call $promise_batch_create (call $load) (i64.const 256)))
    (call $promise_batch_action_function_call_weight (local.get $promise) (i64.const 4) (i64.const 8)
      (i64.const 5) (i64.const 64) (i64.const 72) (i64.const 0) (i64.const 1))
    (call $promise_return (local.get $promise)))

  (func (export "ask_both")
    (i64.store (i32.const 2048) (call $ask (i64.const 8)))
    (i64.store (i32.const 2056) (call $ask (i64.const 16)))
    (call $then_callback (call $promise_and (i64.const 2048) (i64.const 2))))

  ;; Returns how many results there are, and of each its status and its data.
  (func (export "callback")
    (local $count i64) (local $index i64) (local $at i64) (local $status i64)
    (local.set $count (call $promise_results_count))
    (i64.store8 (i32.const 2048) (local.get $count))
    (local.set $at (i64.const 2049))
    (block $done
      (loop $next
        (br_if $done (i64.ge_u (local.get $index) (local.get $count)))
        (local.set $status (call $promise_result (local.get $index) (i64.const 3)))
        (i64.store8 (i32.wrap_i64 (local.get $at)) (local.get $status))
        (local.set $at (i64.add (local.get $at) (i64.const 1)))
        (if (i64.eq (local.get $status) (i64.const 1))
          (then
            (call $read_register (i64.const 3) (local.get $at))
            (local.set $at (i64.add (local.get $at) (call $register_len (i64.const 3))))))
        (local.set $index (i64.add (local.get $index) (i64.const 1)))
        (br $next)))
    (call $value_return (i64.sub (local.get $at) (i64.const 2048)) (i64.const 2048)))

  ;; Sends the attached deposit on to the account that the input names.
  (func (export "pay")
    (local $promise i64)
    (local.set $promise (call $promise_batch_create (call $load) (i64.const 256)))
    (call $attached_deposit (i64.const 96))
    (call $promise_batch_action_transfer (local.get $promise) (i64.const 96)))

  (func (export "stake")
    (call $promise_batch_action_stake (call $promise_batch_create (call $own) (i64.const 3072))
      (i64.const 72) (i64.const 33) (i64.const 4096)))

  ;; Waits to be resumed, and keeps the token for it under "k".
  (func (export "wait")
    (local $promise i64)
    (local.set $promise (call $promise_yield_create (i64.const 8) (i64.const 24) (i64.const 0) (i64.const 0)
      (i64.const 20000000000000) (i64.const 0) (i64.const 4)))
    (call $read_register (i64.const 4) (i64.const 128))
    (drop (call $storage_write (i64.const 1) (i64.const 0) (i64.const 32) (i64.const 128) (i64.const 1)))
    (call $promise_return (local.get $promise)))

  ;; Returns whether there was something to resume.
  (func (export "resume")
    (local $length i64)
    (drop (call $storage_read (i64.const 1) (i64.const 0) (i64.const 5)))
    (call $read_register (i64.const 5) (i64.const 128))
    (local.set $length (call $load))
    (i32.store8 (i32.const 2048)
      (call $promise_yield_resume (i64.const 32) (i64.const 128) (local.get $length) (i64.const 256)))
    (call $value_return (i64.const 1) (i64.const 2048))))
