use ssescan_core::{dispatch::*, session::*, textpath::*, ledger::*, text::Text};
use std::sync::Arc;
fn main() {
    let mut data = Vec::new();
    for i in 0..50000 { data.extend_from_slice(format!("event: thread.message.delta\ndata: {{\"id\":\"msg_abc123\",\"object\":\"thread.message.delta\",\"delta\":{{\"content\":[{{\"index\":0,\"type\":\"text\",\"text\":{{\"value\":\" wor{}\"}}}}]}}}}\n\n", i%7).as_bytes()); }
    let mk = || { let ch = Channel::new(vec![Path::parse("delta.content[*].text.value").unwrap()], Some(Path::parse("delta.content[*].index").unwrap())).unwrap();
      Table { rows: vec![Row{channels: vec![("text".into(), ch)], ..Default::default()}, Row::default()], row_of: [(b"thread.message.delta".to_vec(),0)].into_iter().collect(), default:1, named_by: vec![Named::Sse, Named::Key(b"event"[..].into())], error_key: Some(b"error"[..].into()), error_key_not_in: vec![b"thread.".to_vec()], error_field: Some(b"error"[..].into()), skip: vec![b"ping".to_vec()], ..Default::default() }};
    for _ in 0..5 {
        let mut fr = ssescan_core::frames::Frames::new(1<<26, b"", None);
        let t=std::time::Instant::now(); let mut n=0;
        for b in data.chunks(65536) { let mut p=0; while fr.next(b,&mut p).unwrap() { n+=fr.frame(b).event.len(); } }
        println!("frames {} {:?}", n, t.elapsed().as_nanos() as f64/50000.0);
        for tabs in [Tables::None, Tables::One(Arc::new(mk()))] {
        let mut s: Session<&[u8]> = Session::new(1<<26, b"", tabs);
        let t=std::time::Instant::now(); let mut n=0;
        for b in data.chunks(65536) { s.push(b); while s.step()==Step::Event { n+=s.event().payload.len(); } }
        println!("step {} {:?}", n, t.elapsed().as_nanos() as f64/50000.0); }
        let mut s: Session<&[u8]> = Session::new(1<<26, b"", Tables::One(Arc::new(mk())));
        let t=std::time::Instant::now(); let mut out=Text::default();
        let v=View{channel:"text".into(), index: Which::Default};
        for b in data.chunks(65536) { s.push(b); while s.read(&v,false,&mut out)==Step::Event {} }
        println!("read {} {:?}", out.len(), t.elapsed().as_nanos() as f64/50000.0);
    }
}
