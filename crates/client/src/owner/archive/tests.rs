use std::io::Cursor;

use proptest::prelude::*;

use super::*;

const NODE: &str = "did:key:z6MksWSZwGdEsgJXGWnRHrbRwjkrt87vvLDtww7T846EJnat";

fn entry(data_id: DataId, sha256: String, size: u64) -> Entry {
    Entry {
        data_id,
        file: Entry::file_of(data_id),
        sha256,
        size,
        kind: Kind::Original,
        public_notes: "{}".into(),
        notes_signature: "0x".into(),
        issuer: NODE.into(),
        types: vec!["Residence".into()],
        created_at: 7,
        grants: Vec::new(),
    }
}

fn written(contents: &[(DataId, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ArchiveWriter::new(Cursor::new(Vec::new()));
    let mut manifest = manifest(Uuid::nil(), NODE.into(), 9);
    for (data_id, content) in contents {
        let (sha256, size) = writer.add(*data_id, content).unwrap();
        manifest.credentials.push(entry(*data_id, sha256, size));
    }
    writer.finish(&manifest).unwrap().into_inner()
}

/// An archive of these files, as somebody else's program writes it.
fn foreign(files: &[(&str, &[u8])], options: SimpleFileOptions) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, options).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn stored() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Stored)
}

fn text_of(change: impl FnOnce(&mut Manifest)) -> Vec<u8> {
    let mut manifest = manifest(Uuid::nil(), NODE.into(), 9);
    let content = b"credential";
    manifest.credentials.push(entry(DataId([1; 32]), hex::encode(Sha256::digest(content)), 10));
    change(&mut manifest);
    serde_json::to_vec(&manifest).unwrap()
}

proptest! {
    #[test]
    fn what_was_written_is_read(contents in prop::collection::btree_map(any::<[u8; 32]>(), prop::collection::vec(any::<u8>(), 0..300), 0..8)) {
        let contents: Vec<_> = contents.into_iter().map(|(id, content)| (DataId(id), content)).collect();
        let bytes = written(&contents);
        prop_assert_eq!(&bytes, &written(&contents), "the same profile gives the same bytes");
        let mut reader = ArchiveReader::open(Cursor::new(bytes)).unwrap();
        let entries = reader.manifest().credentials.clone();
        prop_assert_eq!(entries.len(), contents.len());
        for (entry, (data_id, content)) in entries.iter().zip(&contents) {
            prop_assert_eq!(entry.data_id, *data_id);
            let read = reader.credential(entry).unwrap();
            prop_assert_eq!(read.as_deref(), Some(content));
        }
    }

    #[test]
    fn a_damaged_archive_never_gives_other_content(at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let contents = [(DataId([1; 32]), vec![1; 100]), (DataId([2; 32]), vec![2; 100])];
        let mut bytes = written(&contents);
        let at = at.index(bytes.len());
        bytes[at] = to;
        let Ok(mut reader) = ArchiveReader::open(Cursor::new(bytes)) else { return Ok(()) };
        for entry in reader.manifest().credentials.clone() {
            if let Ok(Some(read)) = reader.credential(&entry) {
                prop_assert_eq!(hex::encode(Sha256::digest(&read)), entry.sha256);
            }
        }
    }

    #[test]
    fn no_bytes_make_the_reader_fail_otherwise(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(ArchiveReader::open(Cursor::new(bytes)).is_err());
    }
}

#[test]
fn an_archive_that_is_not_of_the_form_is_refused() {
    let file = Entry::file_of(DataId([1; 32]));
    let good = text_of(|_| ());
    let form = ArchiveError::Form;
    let others = form("its files are not those that its manifest names");
    let unnamed = form("a file is not named by its data id");
    let renamed = |name: &str| text_of(|manifest| manifest.credentials[0].file = name.to_owned());
    let content = &b"credential"[..];
    let other_format = text_of(|m| m.format = "x".into());
    let later = text_of(|m| m.version = 2);
    let upwards = renamed("../x");
    let absolute = renamed("/etc/passwd");
    let twice = text_of(|m| m.credentials.push(m.credentials[0].clone()));
    let table = [
        ("a file more", vec![("manifest.json", &good[..]), (&file, content), ("more", b"")], others.clone()),
        ("a file less", vec![("manifest.json", &good[..])], others.clone()),
        ("a path upwards", vec![("manifest.json", &good), ("credentials/../../x", content)], others.clone()),
        ("an absolute path", vec![("manifest.json", &good), ("/etc/passwd", content)], others),
        (
            "another kind of archive",
            vec![("manifest.json", &other_format[..]), (&file, content)],
            form("it is no idOS profile"),
        ),
        ("a later version", vec![("manifest.json", &later[..]), (&file, content)], ArchiveError::Version(2)),
        (
            "a name of its own in the manifest",
            vec![("manifest.json", &upwards[..]), ("../x", content)],
            unnamed.clone(),
        ),
        (
            "an absolute name in the manifest",
            vec![("manifest.json", &absolute[..]), ("/etc/passwd", content)],
            unnamed,
        ),
        (
            "a file named twice",
            vec![("manifest.json", &twice[..]), (&file, content)],
            form("its manifest names a file twice"),
        ),
    ];
    for (name, files, error) in table {
        let opened = ArchiveReader::open(Cursor::new(foreign(&files, stored())));
        assert_eq!(opened.err(), Some(error), "{name}");
    }
    let unknown_field = String::from_utf8(good.clone()).unwrap().replacen('{', "{\"x\": 1,", 1);
    let unknown = foreign(&[("manifest.json", unknown_field.as_bytes()), (&file, content)], stored());
    assert!(matches!(ArchiveReader::open(Cursor::new(unknown)).err(), Some(ArchiveError::Manifest(_))));
    for (name, bytes) in [("nothing", Vec::new()), ("no zip file", b"credential".repeat(100))] {
        assert!(ArchiveReader::open(Cursor::new(bytes)).is_err(), "{name}");
    }
    assert!(
        ArchiveReader::open(Cursor::new(foreign(&[("manifest.json", &good), (&file, content)], stored())))
            .is_ok()
    );
}

/// What a bomb is made of: files that unpack to far more than they are, and files that lie in one another.
#[test]
fn a_zip_bomb_is_refused() {
    let file = Entry::file_of(DataId([1; 32]));
    let good = text_of(|_| ());
    // Compressed (method 8), by hand: no compressor is needed to say so.
    let mut compressed = foreign(&[("manifest.json", &good), (&file, b"credential")], stored());
    for at in headers(&compressed) {
        compressed[at] = 8;
    }
    let error = ArchiveReader::open(Cursor::new(compressed)).err();
    assert_eq!(error, Some(ArchiveError::Form("its files are compressed")));

    // Larger than it is, by what the directory states.
    let mut large = foreign(&[("manifest.json", &good), (&file, b"credential")], stored());
    let last = large.windows(4).rposition(|bytes| bytes == b"PK\x01\x02").unwrap();
    large[last + 20..last + 28].copy_from_slice(&[0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0x7f]);
    assert_eq!(ArchiveReader::open(Cursor::new(large)).err(), Some(ArchiveError::TooLarge));

    // Two names for the same bytes.
    let other = Entry::file_of(DataId([2; 32]));
    let mut shared =
        foreign(&[(&file, b"credential"), (&other, b"credential"), ("manifest.json", &good)], stored());
    let entries: Vec<_> =
        shared.windows(4).enumerate().filter(|(_, bytes)| bytes == b"PK\x01\x02").map(|(at, _)| at).collect();
    shared.copy_within(entries[0] + 42..entries[0] + 46, entries[1] + 42);
    assert!(ArchiveReader::open(Cursor::new(shared)).is_err());
}

/// Where the compression methods stand: in every local header and every line of the directory.
fn headers(zip: &[u8]) -> Vec<usize> {
    let of = |mark: &'static [u8; 4], offset: usize| {
        zip.windows(4).enumerate().filter(move |(_, bytes)| bytes == mark).map(move |(at, _)| at + offset)
    };
    of(b"PK\x03\x04", 8).chain(of(b"PK\x01\x02", 10)).collect()
}

#[test]
fn changed_bytes_are_noticed() {
    let content = b"a credential that somebody changes".to_vec();
    let mut bytes = written(&[(DataId([1; 32]), content.clone())]);
    let at = bytes.windows(content.len()).position(|window| window == content).unwrap();
    bytes[at] ^= 1;
    let mut reader = ArchiveReader::open(Cursor::new(bytes)).unwrap();
    let entry = reader.manifest().credentials[0].clone();
    assert_eq!(reader.credential(&entry).unwrap(), None);
}

#[test]
fn what_is_too_large_is_not_written() {
    let mut writer = ArchiveWriter::new(Cursor::new(Vec::new()));
    let large = vec![0; MAX_CREDENTIAL_BYTES as usize + 1];
    assert_eq!(writer.add(DataId([1; 32]), &large).err(), Some(ArchiveError::TooLarge));
    assert!(writer.add(DataId([2; 32]), &large[1..]).is_ok());
    assert_eq!(
        writer.add(DataId([2; 32]), b"x").err(),
        Some(ArchiveError::Form("its credentials are not in order"))
    );
}
