import java.nio.file.Files;
import java.nio.file.Path;
import java.util.prefs.Preferences;

public class Editor {
    public static void main(String[] args) throws Exception {
        Preferences.systemRoot().node("editor").put("theme", "dark");
        Preferences.systemRoot().flush();
        boolean kept = Files.exists(Path.of("/var/lib/editor/.systemPrefs/editor/prefs.xml"));
        System.out.println(kept ? "theme kept" : "theme lost");
    }
}
