import java.nio.file.Files;
import java.nio.file.Path;
import java.util.prefs.Preferences;

public class Editor {
    public static void main(String[] args) throws Exception {
        Preferences.userRoot().node("editor").put("theme", "dark");
        Preferences.userRoot().flush();
        boolean kept = Files.exists(Path.of("/var/lib/editor/.java/.userPrefs/editor"));
        System.out.println(kept ? "theme kept" : "theme lost");
    }
}
