//! Settings resolved once: flags over `TRAGHETTO_*` variables over the configuration file over defaults. Each keeps
//! where it came from, for `doctor`.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use super::args::{Global, parse_threads};
use super::config_file::read_file;
use crate::device::{self, DeviceChoice};
use crate::engine::KvType;
use crate::error::{Error, ErrorKind, Result};
use crate::registry::Store;
use crate::text::dictionary::DictionaryFile;
use crate::translate::route::Tier;

/// Reads a variable of the environment; passed in, so that tests need not change the process.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// Where a setting came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The command line.
    Flag,
    /// This variable.
    Variable(&'static str),
    /// The configuration file.
    File,
    /// Nobody said anything.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Flag => f.write_str("flag"),
            Origin::Variable(name) => f.write_str(name),
            Origin::File => f.write_str("configuration file"),
            Origin::Default => f.write_str("default"),
        }
    }
}

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value that holds.
    pub value: T,
    /// Who set it.
    pub origin: Origin,
}

/// The settings that flags, variables and the configuration file share.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Threads to compute with.
    pub threads: Setting<usize>,
    /// Device to compute on.
    pub device: Setting<DeviceChoice>,
    /// How a language model keeps keys and values.
    pub kv_cache: Setting<KvType>,
    /// Whether the network is out of bounds.
    pub offline: Setting<bool>,
    /// Whether a second-best model is refused.
    pub strict: Setting<bool>,
    /// Whether translations are to be soon or good.
    pub quality: Setting<Tier>,
    /// Model for translations, where the user has a favourite.
    pub model: Setting<Option<String>>,
    /// Model for summaries, likewise.
    pub summary_model: Setting<Option<String>>,
    /// Licences that the user accepts with this command.
    pub accept: Vec<String>,
    /// Address that stands in for those of the registries of models.
    pub registry: Setting<Option<String>>,
    /// Folder of the model store.
    pub store: Setting<PathBuf>,
    /// File of the memory.
    pub memory: Setting<PathBuf>,
    /// Whether nothing is remembered.
    pub no_memory: Setting<bool>,
    /// Dictionaries, where the command names none.
    pub dictionaries: Setting<Vec<DictionaryFile>>,
    /// The configuration file, whether or not it exists.
    pub config: PathBuf,
    /// Folder of the configuration file, which may hold `models/*.toml`.
    pub config_dir: PathBuf,
}

impl Settings {
    /// Resolves the settings.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for a value that makes no sense, naming the variable or the file it stands in.
    pub fn resolve(global: &Global, env: Env<'_>) -> Result<Self> {
        let named_config = global
            .config
            .clone()
            .or_else(|| env("TRAGHETTO_CONFIG").map(PathBuf::from));
        let config = match &named_config {
            Some(path) => path.clone(),
            None => config_home(env)?.join("traghetto").join("config.toml"),
        };
        let (file, text) = read_file(&config, named_config.is_some())?;
        let config_dir = config.parent().map(Path::to_path_buf).unwrap_or_default();
        let source = Source {
            env,
            config: &config,
            text: &text,
        };
        let threads = source.pick(
            global.threads.first().copied(),
            "TRAGHETTO_THREADS",
            file.threads.map(|n| n.to_string()),
            parse_threads,
        )?;
        let threads = or_default(threads, device::default_threads);
        let device = source.pick(global.device, "TRAGHETTO_DEVICE", file.device, |text| {
            text.parse::<DeviceChoice>()
                .map_err(|error| error.to_string())
        })?;
        let kv_cache = source.pick(
            global.kv_cache,
            "TRAGHETTO_KV_CACHE",
            file.kv_cache,
            str::parse,
        )?;
        let offline_flag = global.offline.then_some(true);
        let mut offline = source.switch(offline_flag, "TRAGHETTO_OFFLINE", file.offline)?;
        if !offline.value {
            // The ecosystem's own switch, documented by `huggingface_hub`.
            let hub = source.switch(None, "HF_HUB_OFFLINE", None)?;
            if hub.value {
                offline = hub;
            }
        }
        let strict = source.switch(None, "TRAGHETTO_STRICT", file.strict)?;
        let quality = source.pick(None, "TRAGHETTO_QUALITY", file.quality, |text| {
            text.parse::<Tier>().map_err(|error| error.to_string())
        })?;
        let model = source.text("TRAGHETTO_MODEL", file.model)?;
        let summary_model = source.text("TRAGHETTO_SUMMARY_MODEL", file.summary_model)?;
        let registry = source.text("TRAGHETTO_REGISTRY", file.registry)?;
        let store = source.path("TRAGHETTO_STORE", file.store, Store::default_root)?;
        let memory = source.path("TRAGHETTO_MEMORY", file.memory, || {
            Ok(Store::default_root()?.join("memory.redb"))
        })?;
        let dictionaries = source.dictionaries(file.dictionary)?;
        let no_memory_flag = global.no_memory.then_some(true);
        let no_memory = source.switch(no_memory_flag, "TRAGHETTO_NO_MEMORY", file.no_memory)?;
        Ok(Self {
            threads,
            device: or_default(device, DeviceChoice::default),
            kv_cache: or_default(kv_cache, KvType::default),
            offline,
            strict,
            quality: or_default(quality, Tier::default),
            model,
            summary_model,
            registry,
            accept: global.accept_licence.clone(),
            store,
            memory,
            no_memory,
            dictionaries,
            config,
            config_dir,
        })
    }
}

/// What nobody has set is what it always is.
fn or_default<T>(setting: Option<Setting<T>>, default: impl FnOnce() -> T) -> Setting<T> {
    setting.unwrap_or_else(|| Setting {
        value: default(),
        origin: Origin::Default,
    })
}

struct Source<'a> {
    env: Env<'a>,
    config: &'a Path,
    /// What the configuration file says.
    text: &'a str,
}

impl Source<'_> {
    /// A variable's text; an empty variable counts as unset.
    fn variable(&self, name: &str) -> Result<Option<String>> {
        match (self.env)(name) {
            None => Ok(None),
            Some(value) if value.is_empty() => Ok(None),
            Some(value) => value
                .into_string()
                .map(Some)
                .map_err(|_| Error::new(ErrorKind::Usage, format!("{name} isn't valid Unicode"))),
        }
    }

    fn pick<T>(
        &self,
        flag: Option<T>,
        variable: &'static str,
        file: Option<String>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<Setting<T>>> {
        if let Some(value) = flag {
            return Ok(Some(Setting {
                value,
                origin: Origin::Flag,
            }));
        }
        let (text, origin, place) = match (self.variable(variable)?, file) {
            (Some(text), _) => (text, Origin::Variable(variable), variable.to_string()),
            (None, Some(text)) => (text, Origin::File, self.place(variable)),
            (None, None) => return Ok(None),
        };
        match parse(&text) {
            Ok(value) => Ok(Some(Setting { value, origin })),
            Err(why) => Err(Error::new(
                ErrorKind::Usage,
                format!("{place} says \"{text}\": {why}"),
            )),
        }
    }

    /// Where the file sets what `variable` sets too, and by which key.
    fn place(&self, variable: &str) -> String {
        let key = variable.trim_start_matches("TRAGHETTO_").to_lowercase();
        let sets = |line: &str| {
            line.split('=')
                .next()
                .is_some_and(|name| name.trim() == key)
        };
        let file = self.config.display();
        match self.text.lines().position(sets) {
            Some(n) => format!("{file}, line {}: {key}", n + 1),
            None => format!("{file}: {key}"),
        }
    }

    fn switch(
        &self,
        flag: Option<bool>,
        variable: &'static str,
        file: Option<bool>,
    ) -> Result<Setting<bool>> {
        let file = file.map(|on| on.to_string());
        let setting = self.pick(flag, variable, file, |text| {
            match text.to_ascii_lowercase().as_str() {
                "1" | "true" | "yes" | "on" => Ok(true),
                "0" | "false" | "no" | "off" => Ok(false),
                _ => Err("it must be 1 or 0".into()),
            }
        })?;
        Ok(or_default(setting, || false))
    }

    fn path(
        &self,
        variable: &'static str,
        file: Option<PathBuf>,
        default: impl FnOnce() -> Result<PathBuf>,
    ) -> Result<Setting<PathBuf>> {
        Ok(match ((self.env)(variable), file) {
            (Some(path), _) if !path.is_empty() => Setting {
                value: path.into(),
                origin: Origin::Variable(variable),
            },
            (_, Some(path)) => Setting {
                value: self.at_home(path),
                origin: Origin::File,
            },
            _ => Setting {
                value: default()?,
                origin: Origin::Default,
            },
        })
    }

    /// Those of the file; of a name that doesn't begin at the root, it is looked for beside the file; `~/` is the user's home.
    fn dictionaries(&self, file: Option<Vec<String>>) -> Result<Setting<Vec<DictionaryFile>>> {
        let folder = self.config.parent().unwrap_or(Path::new(""));
        let beside = |name: String| {
            let mut named: DictionaryFile = name.parse()?;
            named.path = folder.join(self.at_home(named.path));
            Ok(named)
        };
        let origin = match file {
            Some(_) => Origin::File,
            None => Origin::Default,
        };
        let files = file.unwrap_or_default().into_iter();
        Ok(Setting {
            value: files.map(beside).collect::<Result<_>>()?,
            origin,
        })
    }

    /// A path of the file, which no shell has read: `~/` is the user's home.
    fn at_home(&self, path: PathBuf) -> PathBuf {
        match (path.strip_prefix("~"), (self.env)("HOME")) {
            (Ok(rest), Some(home)) if !home.is_empty() => Path::new(&home).join(rest),
            _ => path,
        }
    }

    fn text(
        &self,
        variable: &'static str,
        file: Option<String>,
    ) -> Result<Setting<Option<String>>> {
        Ok(match (self.variable(variable)?, file) {
            (Some(text), _) => Setting {
                value: Some(text),
                origin: Origin::Variable(variable),
            },
            (None, Some(text)) => Setting {
                value: Some(text),
                origin: Origin::File,
            },
            (None, None) => Setting {
                value: None,
                origin: Origin::Default,
            },
        })
    }
}

/// The XDG folder for configuration, on every system: one place to look for and to document.
fn config_home(env: Env<'_>) -> Result<PathBuf> {
    if let Some(folder) = env("XDG_CONFIG_HOME").filter(|folder| !folder.is_empty()) {
        return Ok(folder.into());
    }
    let home = env("HOME")
        .or_else(|| env("USERPROFILE"))
        .filter(|home| !home.is_empty())
        .ok_or_else(|| {
            Error::new(ErrorKind::Usage, "no home folder is known")
                .with_hint("set HOME, or TRAGHETTO_CONFIG and TRAGHETTO_STORE")
        })?;
    Ok(PathBuf::from(home).join(".config"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn global() -> Global {
        Global {
            threads: Vec::new(),
            device: None,
            kv_cache: None,
            offline: false,
            accept_licence: Vec::new(),
            quiet: false,
            no_memory: false,
            config: None,
        }
    }

    fn env<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<OsString> + 'a {
        move |name| {
            pairs
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| OsString::from(value))
        }
    }

    #[test]
    fn flags_win_over_variables_over_the_file_over_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.toml");
        std::fs::write(&config, "threads = 3\ndevice = \"cpu\"\nmodel = \"m\"\n").unwrap();
        let config = config.to_str().unwrap();
        let variables = [
            ("HOME", "/home/someone"),
            ("TRAGHETTO_CONFIG", config),
            ("TRAGHETTO_THREADS", "5"),
        ];
        let mut flags = global();
        let settings = Settings::resolve(&flags, &env(&variables)).unwrap();
        assert_eq!(settings.threads.value, 5);
        assert_eq!(
            settings.threads.origin,
            Origin::Variable("TRAGHETTO_THREADS")
        );
        assert_eq!(settings.device.value, DeviceChoice::Cpu);
        assert_eq!(settings.device.origin, Origin::File);
        assert_eq!(settings.model.value.as_deref(), Some("m"));
        assert_eq!(settings.offline.origin, Origin::Default);
        flags.threads = vec![7];
        let settings = Settings::resolve(&flags, &env(&variables)).unwrap();
        assert_eq!(
            (settings.threads.value, settings.threads.origin),
            (7, Origin::Flag)
        );
    }

    #[test]
    fn the_hubs_own_offline_switch_counts() {
        let variables = [("HOME", "/h"), ("HF_HUB_OFFLINE", "1")];
        let settings = Settings::resolve(&global(), &env(&variables)).unwrap();
        assert!(settings.offline.value);
        assert_eq!(settings.offline.origin, Origin::Variable("HF_HUB_OFFLINE"));
    }

    #[test]
    fn nonsense_names_its_place() {
        for (variable, value) in [
            ("TRAGHETTO_THREADS", "many"),
            ("TRAGHETTO_THREADS", "0"),
            ("TRAGHETTO_DEVICE", "toaster"),
            ("TRAGHETTO_OFFLINE", "perhaps"),
            ("TRAGHETTO_QUALITY", "sublime"),
        ] {
            let variables = [("HOME", "/h"), (variable, value)];
            let error = Settings::resolve(&global(), &env(&variables)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage);
            assert!(error.to_string().contains(variable), "{error}");
        }
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.toml");
        std::fs::write(&config, "thread = 3\n").unwrap();
        let mut flags = global();
        flags.config = Some(config);
        let error = Settings::resolve(&flags, &env(&[("HOME", "/h")])).unwrap_err();
        assert!(error.to_string().contains("config.toml"), "{error}");
        for (text, said) in [
            (
                "thread = 3\n",
                "config.toml, line 1: unknown field `thread`",
            ),
            (
                "\n# so\noffline = \"no\"\n",
                "config.toml, line 3: offline: invalid type",
            ),
            ("threads = 2\nstore = [\n", "config.toml, line 2"),
            (
                "strict = true\nquality = \"sublime\"\n",
                "config.toml, line 2: quality says \"sublime\"",
            ),
            ("device = \"toaster\"\n", "line 1: device says \"toaster\""),
            ("threads = 0\n", "line 1: threads says \"0\""),
            ("\n\nkv_cache = \"x\"\n", "line 3: kv_cache says"),
            ("model = 3\n", "line 1: model: invalid type"),
            ("threads = -1\n", "line 1: threads"),
            ("threads = 2\nthreads = 3\n", "config.toml, line 2"),
        ] {
            let config = folder.path().join("config.toml");
            std::fs::write(&config, text).unwrap();
            flags.config = Some(config);
            let error = Settings::resolve(&flags, &env(&[("HOME", "/h")])).unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
        }
        flags.config = Some(folder.path().join("missing.toml"));
        assert!(Settings::resolve(&flags, &env(&[("HOME", "/h")])).is_err());
    }
}
